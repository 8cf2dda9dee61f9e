/** Thrown inside a device when an armed fault cuts the connection: the door closes the socket and answers nothing. */
export class Cut extends Error {}

/** What can be made to go wrong at one device's door. Each switch but `slow` works once and is then spent. */
export class Faults {
  #cutBefore = false;
  #cutAfter = false;
  #half = false;
  #rejection: string | undefined;
  #midway = false;
  #delayMs = 0;

  /** The connection breaks as the next commit arrives; nothing happens on the device. */
  cutBeforeCommit(): void {
    this.#cutBefore = true;
  }

  /** The next commit takes effect, and its answer is lost. */
  cutAfterCommit(): void {
    this.#cutAfter = true;
  }

  /** The next answer breaks off in its middle. */
  halfAnswer(): void {
    this.#half = true;
  }

  /** The next commit breaks off with part of it done, on devices whose commit is no transaction (SONiC). */
  failMidway(): void {
    this.#midway = true;
  }

  takeFailMidway(): boolean {
    const midway = this.#midway;
    this.#midway = false;
    return midway;
  }

  /** Every answer waits this long; 0 ends it. */
  slow(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  /** The next commit is refused in the device's own way, with this message. */
  rejectNext(message: string): void {
    this.#rejection = message;
  }

  /**
   * Runs the moment of commit with its faults around it.
   *
   * @throws {Cut} when a connection fault was armed; whether `commit` ran depends on which.
   */
  around<T>(commit: () => T): T {
    if (this.#cutBefore) {
      this.#cutBefore = false;
      throw new Cut("cut before commit");
    }
    const result = commit();
    if (this.#cutAfter) {
      this.#cutAfter = false;
      throw new Cut("cut after commit");
    }
    return result;
  }

  /** The armed rejection, if any; it is spent by asking. */
  takeRejection(): string | undefined {
    const message = this.#rejection;
    this.#rejection = undefined;
    return message;
  }

  takeHalfAnswer(): boolean {
    const half = this.#half;
    this.#half = false;
    return half;
  }

  get delayMs(): number {
    return this.#delayMs;
  }
}

import { randomBytes } from "node:crypto";
import type { DeviceSource, ParsedDevice } from "#model/snapshot.ts";
import type { SourceFile } from "#model/source.ts";
import type { DeviceWorld } from "../device.ts";
import { edited } from "./nv-lines.ts";
import { issueOf, objectionsIn, warningsOf, type Rules } from "./judgement.ts";
import { readStartup, writeStartup } from "./startup-file.ts";
import { maxRevisions, type Issue, type NvueState, type Revision } from "./state.ts";
import { leafPaths, type Tree } from "./tree.ts";

export interface NvueOptions {
  /** Cumulus Linux release, where the configuration's own header doesn't say it. */
  readonly version?: string;
  /** How long each step of an apply takes, real milliseconds. */
  readonly stepMs?: number;
  readonly tokenMinutes?: number;
  /** The device still has its factory password: it answers 403 until `changeFactoryPassword`. */
  readonly factoryPassword?: boolean;
  /** Refuse the spelling of the other age (`enable: on` from 5.10 on, `state: enabled` before). */
  readonly strictSpelling?: boolean;
  /** Unknown keys and values out of range are refused by the PATCH (400), as by a real switch; else by the apply. */
  readonly schemaAtPatch?: boolean;
}

/** The API says no. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** What an NVUE switch is behind its API: revisions and the one that is applied. */
export class NvueBox {
  readonly nos = "nvue" as const;
  readonly world: DeviceWorld;
  readonly state: NvueState;
  readonly version: string;
  readonly #options: NvueOptions;
  readonly #known: ReadonlySet<string>;
  #timer: NodeJS.Timeout | undefined;

  constructor(world: DeviceWorld, options: NvueOptions = {}) {
    this.world = world;
    this.#options = options;
    this.state = (world.load() as NvueState | undefined) ?? this.#fromSeed(); // only `save` below writes it
    const header = this.state.header?.["version"];
    this.version =
      options.version ??
      (typeof header === "string" ? (/(\d+\.\d+(?:\.\d+)?)/.exec(header)?.[1] ?? "5.13.0") : "5.13.0");
    this.#known = new Set(this.state.known);
    if (this.state.applying) this.#later();
  }

  #fromSeed(): NvueState {
    const { path, header, tree } = readStartup(
      this.world.seed.files[0] ?? { path: "startup.yaml", text: "" },
      this.world.name,
    );
    return {
      revisions: [{ id: "startup", state: "applied", tree, progress: "", issue: [] }],
      next: 1,
      applied: "startup",
      startup: tree,
      header,
      path,
      tokens: [],
      known: [...leafPaths(tree).keys()],
      factoryPassword: this.#options.factoryPassword ?? false,
      bootedAt: this.world.clock.now(),
      jumpMs: 0,
    };
  }

  /** From 5.10 on a PATCH answers with the change alone, and a DELETE with nothing. */
  get newStyle(): boolean {
    return this.#atLeast(10);
  }

  /** From 5.9 on what is applied is saved as well. */
  get autoSave(): boolean {
    return this.#atLeast(9);
  }

  #atLeast(wanted: number): boolean {
    const [major = 0, minor = 0] = this.version.split(".").map(Number);
    return major > 5 || (major === 5 && minor >= wanted);
  }

  get confirmDeadline(): number | undefined {
    return this.state.confirm?.deadline;
  }

  get wallTime(): number {
    return this.world.clock.now() + this.state.jumpMs;
  }

  save(): void {
    this.world.save(this.state);
  }

  revision(id: string): Revision | undefined {
    const wanted = id === "applied" ? this.state.applied : id;
    return this.state.revisions.find((revision) => revision.id === wanted);
  }

  get appliedTree(): Tree {
    return this.revision("applied")?.tree ?? {};
  }

  #fileOf(tree: Tree): SourceFile {
    return { path: this.state.path, text: writeStartup(this.state.header, tree) };
  }

  running(): DeviceSource {
    return { nos: "nvue", files: [this.#fileOf(this.appliedTree)] };
  }

  parsed(): ParsedDevice {
    return this.world.parse(this.running().files);
  }

  tick(): void {
    const { confirm } = this.state;
    if (confirm && this.world.clock.now() >= confirm.deadline) this.rollBack("not confirmed in time");
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** `nv config save`. */
  saveStartup(): void {
    this.state.startup = this.appliedTree;
    const applied = this.revision("applied");
    if (applied) applied.state = "applied_and_saved";
    this.save();
  }

  issueToken(): string {
    const token = randomBytes(24).toString("base64url");
    const minutes = this.#options.tokenMinutes ?? 60;
    const now = this.wallTime;
    this.state.tokens = [
      ...this.state.tokens.filter(([, expires]) => expires > now).slice(-20),
      [token, now + minutes * 60_000],
    ];
    this.save();
    return token;
  }

  tokenValid(token: string): boolean {
    return this.state.tokens.some(([each, expires]) => each === token && expires > this.wallTime);
  }

  createRevision(base: string): Revision {
    const origin = this.revision(base);
    if (!origin) throw new ApiError(404, `revision '${base}' does not exist`);
    const revision: Revision = {
      id: String(this.state.next++),
      state: "pending",
      tree: origin.tree,
      progress: "",
      issue: [],
    };
    this.state.revisions.push(revision);
    this.#forget();
    this.save();
    return revision;
  }

  #forget(): void {
    const keep = new Set([
      this.state.applied,
      "startup",
      this.state.confirm?.revision,
      this.state.confirm?.previous,
      this.state.applying?.previous,
    ]);
    while (this.state.revisions.length > maxRevisions) {
      const oldest = this.state.revisions.findIndex(({ id }) => !keep.has(id));
      if (oldest < 0) return;
      this.state.revisions.splice(oldest, 1);
    }
  }

  deleteRevision(id: string): void {
    const revision = this.revision(id);
    if (!revision || revision.id === this.state.applied || revision.id === this.state.confirm?.revision)
      throw new ApiError(revision ? 400 : 404, `revision '${id}' can't be deleted`);
    this.state.revisions = this.state.revisions.filter((each) => each !== revision);
    this.save();
  }

  /** The revision that a change names, which must still be open. */
  openRevision(id: string | null): Revision {
    const revision = id === null ? undefined : this.revision(id);
    if (!revision)
      throw new ApiError(id === null ? 400 : 404, id === null ? "rev is required" : `revision '${id}' does not exist`);
    if (!["pending", "invalid", "ays_fail"].includes(revision.state) || revision.id === this.state.applied)
      throw new ApiError(400, `revision '${revision.id}' is ${revision.state} and can't be changed`);
    return revision;
  }

  change(revision: Revision, tree: Tree): void {
    revision.tree = tree;
    revision.state = "pending";
    revision.issue = [];
    revision.progress = "";
    this.save();
  }

  /**
   * Starts an apply; the revision goes through its states on its own from here.
   *
   * @throws {ApiError} 409 while another revision is on its way or waits for confirmation. @source unconfirmed (status)
   */
  apply(
    revision: Revision,
    how: { readonly ays: boolean; readonly confirmSeconds?: number; readonly autoConfirm: boolean },
  ): void {
    const busy = this.state.applying?.revision ?? this.state.confirm?.revision;
    if (busy !== undefined) throw new ApiError(409, `revision '${busy}' is being applied`);
    this.world.faults.around(() => {
      const rejection = this.world.faults.takeRejection();
      if (rejection === undefined) {
        revision.state = "apply";
        revision.progress = "";
        revision.issue = [];
        this.state.applying = { revision: revision.id, previous: this.state.applied, ...how };
        this.#later();
      } else this.#invalid(revision, [issueOf("/", rejection)]);
      this.save();
    });
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#step(), this.#options.stepMs ?? 15);
    this.#timer.unref();
  }

  #step(): void {
    const { applying } = this.state;
    const revision = applying && this.revision(applying.revision);
    if (!applying || !revision) return;
    if (revision.state === "apply") {
      revision.state = "verifying";
      this.#later();
    } else if (revision.state === "verifying") this.#verify(revision, applying.ays);
    else if (revision.state === "ays") return;
    else this.#finish(revision);
    this.save();
  }

  #verify(revision: Revision, ays: boolean): void {
    const issues = [
      ...objectionsIn(revision.tree, this.#rules, "schema"),
      ...objectionsIn(revision.tree, this.#rules, "meaning"),
    ];
    if (issues.length > 0) {
      this.#invalid(revision, issues);
      return;
    }
    const warnings = ays ? [] : warningsOf(this.appliedTree, revision.tree);
    if (warnings.length > 0) {
      revision.state = "ays";
      revision.issue = warnings;
      revision.progress = "Are you sure?";
      return;
    }
    revision.state = "reloading";
    this.#later();
  }

  #invalid(revision: Revision, issues: Issue[]): void {
    delete this.state.applying;
    revision.state = "invalid";
    revision.issue = issues;
    revision.progress = "Invalid config";
  }

  /** An answer to "Are you sure?". */
  answerAys(revision: Revision, yes: boolean): void {
    revision.issue = [];
    revision.progress = "";
    if (yes) {
      revision.state = "reloading";
      this.#later();
    } else {
      delete this.state.applying;
      revision.state = "ays_fail";
    }
    this.save();
  }

  #finish(revision: Revision): void {
    const { applying } = this.state;
    delete this.state.applying;
    const previous = this.revision("applied");
    this.state.applied = revision.id;
    if (previous && previous !== revision) previous.state = "inactive";
    if (applying?.confirmSeconds === undefined) this.#settle(revision);
    else {
      // A client that answers the confirm prompt beforehand is shown the other prompt; both wait for the same word.
      revision.state = applying.autoConfirm ? "ays" : "confirm";
      revision.progress = "Waiting for confirmation";
      this.state.confirm = {
        revision: revision.id,
        previous: applying.previous,
        deadline: this.world.clock.now() + applying.confirmSeconds * 1000,
      };
    }
    this.world.runningChanged();
  }

  #settle(revision: Revision): void {
    revision.progress = "";
    revision.state = this.autoSave ? "applied_and_saved" : "applied";
    if (this.autoSave) this.state.startup = revision.tree;
  }

  confirm(revision: Revision): void {
    this.world.faults.around(() => {
      delete this.state.confirm;
      this.#settle(revision);
      this.save();
    });
  }

  /** Back to what was applied before, because nobody confirmed or somebody said no. */
  rollBack(reason: string): void {
    const { confirm } = this.state;
    if (!confirm) return;
    delete this.state.confirm;
    const revision = this.revision(confirm.revision);
    if (revision) {
      revision.state = "confirm_fail";
      revision.progress = reason;
    }
    this.state.applied = confirm.previous;
    const previous = this.revision("applied");
    if (previous) previous.state = this.autoSave ? "applied_and_saved" : "applied";
    this.save();
    this.world.runningChanged();
  }

  get #rules(): Rules {
    return {
      parse: (files) => this.world.parse(files),
      file: (tree) => this.#fileOf(tree),
      known: this.#known,
      spelling: this.#options.strictSpelling === true ? (this.newStyle ? "new" : "old") : "both",
    };
  }

  /** What the API's schema refuses of a change when it is sent: only what was not there before. */
  schemaIssue(before: Tree, after: Tree): Issue | undefined {
    if (this.#options.schemaAtPatch !== true) return undefined;
    const old = new Set(objectionsIn(before, this.#rules, "schema").map(({ location }) => location));
    return objectionsIn(after, this.#rules, "schema").find(({ location }) => !old.has(location));
  }

  /** The applied revision is what startup.yaml says; open revisions are gone, like the memory they were in. */
  reboot(): void {
    clearTimeout(this.#timer);
    delete this.state.applying;
    delete this.state.confirm;
    const tree = this.state.startup;
    this.state.revisions = [{ id: "startup", state: "applied", tree, progress: "", issue: [] }];
    this.state.applied = "startup";
    this.state.tokens = [];
    this.state.bootedAt = this.world.clock.now();
    this.save();
    this.world.runningChanged();
  }

  clockJump(ms: number): void {
    this.state.jumpMs += ms;
    this.save();
  }

  changeFactoryPassword(): void {
    this.state.factoryPassword = false;
    this.save();
  }

  /** `nv set interface swp1 description x`, `nv unset interface swp1`: applied at once, as another's hand would. */
  driftEdit(lines: readonly string[]): void {
    const tree = lines.reduce(edited, this.appliedTree);
    const id = String(this.state.next++);
    const previous = this.revision("applied");
    if (previous) previous.state = "inactive";
    this.state.revisions.push({ id, state: "applied", tree, progress: "", issue: [] });
    this.state.applied = id;
    this.save();
    this.world.runningChanged();
  }
}

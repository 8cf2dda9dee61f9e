import { Failure } from "#model/failure.ts";
import type { Target } from "../driver.ts";
import { HttpsClient } from "../transport/https.ts";

/** A command as text, or with the input it asks for (banners). */
export type Command = string | { readonly cmd: string; readonly input: string };

export type Answer = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * eAPI: JSON-RPC `runCmds` over HTTPS. All commands of one call run in one CLI, in order, up to the first that fails.
 *
 * @source Arista "eAPI" overview; shapes as pyeapi and napalm read them
 */
export class Eapi implements Disposable {
  readonly #client: HttpsClient;
  readonly #device: string;
  #id = 0;

  constructor(target: Target) {
    this.#client = new HttpsClient(target);
    this.#device = target.device;
  }

  /**
   * One answer for each command.
   *
   * @throws {Failure} device_rejected, with the command and the device's own words; forbidden; unreachable; timeout
   */
  async run(commands: readonly Command[], format: "json" | "text" = "json"): Promise<readonly Answer[]> {
    const reply = await this.#client.call("POST", "/command-api", {
      jsonrpc: "2.0",
      method: "runCmds",
      id: ++this.#id,
      params: { version: 1, format, cmds: ["enable", ...commands] },
    });
    if (reply.status === 401 || reply.status === 403)
      throw new Failure("forbidden", `${this.#device} does not accept the user name or password given for it.`);
    if (reply.status !== 200)
      throw new Failure(
        "unreachable",
        `${this.#device} answered eAPI with HTTP ${reply.status}. Check that \`management api http-commands\` is on.`,
      );
    const body = parseJson(reply.body);
    if (!isRecord(body))
      throw new Failure(
        "unreachable",
        `${this.#device} gave an answer that is no JSON-RPC. What it did is unknown: read it again.`,
      );
    if (isRecord(body["error"])) throw this.#rejected(body["error"], commands);
    const { result } = body;
    if (!Array.isArray(result))
      throw new Failure(
        "unreachable",
        `${this.#device} gave an answer without results. What it did is unknown: read it again.`,
      );
    return result.slice(1).map((one): Answer => (isRecord(one) ? one : {}));
  }

  /** The text of one show command. */
  async text(command: string): Promise<string> {
    const [answer] = await this.run([command], "text");
    return typeof answer?.["output"] === "string" ? answer["output"] : "";
  }

  /** `data` has one element for each command that ran; the last of them holds the errors. */
  #rejected(error: Readonly<Record<string, unknown>>, commands: readonly Command[]): Failure {
    const data: readonly unknown[] = Array.isArray(error["data"]) ? error["data"] : [];
    const last = data.at(-1);
    const errors = isRecord(last) && Array.isArray(last["errors"]) ? last["errors"].map(String) : [];
    const index = data.length - 2;
    const failed = index >= 0 ? commands[index] : undefined;
    const command = failed === undefined ? "enable" : typeof failed === "string" ? failed.trim() : failed.cmd;
    const words =
      errors.length > 0
        ? errors.join("; ")
        : typeof error["message"] === "string"
          ? error["message"]
          : "no reason given";
    return new Failure("device_rejected", `${this.#device} refused \`${hideSecret(command)}\`: ${words}`, {
      detail: { code: error["code"], command: hideSecret(command), errors },
    });
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }
}

const hideSecret = (command: string): string => command.replace(/\b(password|secret|key)\b.*/i, "$1 <hidden>");

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

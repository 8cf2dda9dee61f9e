import type { DeviceSession } from "#drivers/driver.ts";
import { Failure } from "#model/failure.ts";
import { rememberedDigest } from "#model/remembered-digest.ts";
import type { DeviceSource } from "#model/snapshot.ts";
import { namedLike } from "./file-names.ts";
import type { Move } from "./moves.ts";
import type { ConfigReader } from "./ports.ts";

export type Standing = "from" | "to" | "neither";

/** Which of two configurations a device runs, judged from the text it reports, then from what that text means. */
export function standingOf(reader: ConfigReader, running: DeviceSource, move: Pick<Move, "from" | "to">): Standing {
  const text = rememberedDigest(running);
  if (text === rememberedDigest(move.to)) return "to";
  if (text === rememberedDigest(move.from)) return "from";
  const [meaning, from, to] = [reader.meaning(running), reader.meaning(move.from), reader.meaning(move.to)];
  if (from !== to) return meaning === to ? "to" : meaning === from ? "from" : "neither";
  if (meaning !== to) return "neither";
  // The two differ only in lines that mean nothing to us. Devices leave out defaults, so no text need be equal: the
  // nearer one it is.
  return changedLines(reader, running, move.to) <= changedLines(reader, running, move.from) ? "to" : "from";
}

/** Whether two texts tell a device the same. Devices write defaults or leave them out, so the words may differ. */
export const isSame = (reader: ConfigReader, a: DeviceSource, b: DeviceSource): boolean =>
  rememberedDigest(a) === rememberedDigest(b) || reader.meaning(a) === reader.meaning(b);

const changedLines = (reader: ConfigReader, a: DeviceSource, b: DeviceSource): number =>
  reader.diff(a, b).filter((line) => line.op !== "context").length;

/**
 * Brings one device over, from wherever it stands: what happened already is not done again, so it can be called after a
 * crash at any of its lines.
 *
 * @throws {Failure} conflict, when the device runs neither configuration; device_rejected, when it says no or reports
 * something else than it was given; unreachable or timeout, when it does not answer
 */
export async function bringOver(
  session: DeviceSession,
  move: Move,
  reader: ConfigReader,
  confirmSeconds: number,
): Promise<Outcome> {
  const standing = async () => {
    const files = namedLike(await session.readRunning(), move.to.files);
    return standingOf(reader, { nos: move.to.nos, files }, move);
  };
  const ours = move.counterLabel === undefined || (await takeBackPending(session, move.counterLabel));
  const pending = (await session.status(move.label)) === "awaiting-confirmation";
  const before = await standing();
  if (before === "to") {
    if (pending) await session.confirm(move.label);
    return "was there";
  }
  if (before === "neither" && !ours) return "never ours";
  if (pending) await session.abort(move.label);
  if (before === "neither") throw strange(move);
  await session.stage(move.label, move.to);
  await session.commit(move.label, confirmSeconds);
  if ((await standing()) !== "to") {
    await session.abort(move.label);
    throw new Failure(
      "device_rejected",
      `${move.device} took the configuration but reports another one; it was taken back.`,
    );
  }
  await session.confirm(move.label);
  return "moved";
}

/** `never ours`: on the way back, a device that we never committed to and that somebody else changed is left alone. */
export type Outcome = "moved" | "was there" | "never ours";

const strange = ({ device }: Move): Failure =>
  new Failure(
    "conflict",
    `${device} runs neither what was planned from nor what was planned. See what changed it, then plan again.`,
  );

/** Clears what the way there left unfinished; true when it had taken effect. */
async function takeBackPending(session: DeviceSession, label: string): Promise<boolean> {
  const status = await session.status(label);
  if (status === "staged" || status === "awaiting-confirmation") await session.abort(label);
  return status === "awaiting-confirmation" || status === "committed";
}

import type { Frame, Reading } from "./frame.ts";
import { frames } from "./frames.ts";
import { linkEntities, words, type Entity } from "./entities.ts";

/** What a sentence was understood to ask. */
export type Interpretation =
  | { readonly outcome: "run"; readonly frame: Frame; readonly input: Readonly<Record<string, unknown>> }
  | { readonly outcome: "clarify"; readonly question: string; readonly options: readonly string[] }
  | { readonly outcome: "refuse"; readonly reason: string; readonly instead?: string }
  | { readonly outcome: "abstain"; readonly reason: string; readonly near: readonly string[] };

interface Refusal {
  readonly cue: RegExp;
  readonly reason: string;
}

/** Orders that no wording makes acceptable. */
const refusals: readonly Refusal[] = [
  {
    cue: /\b(skip|without|bypass|ignore|forget)\b.{0,24}\bapproval/,
    reason: "An approval can't be skipped: it binds exactly what was planned and proved, and a person gives it.",
  },
  {
    cue: /\b(reload|reboot|factory[- ]reset|write erase|rm -rf)\b/,
    reason:
      "Heddle has no operation that runs raw commands on a device. Everything that alters the network is a Change.",
  },
  {
    cue: /\b(e-?mail|send|post|forward)\b.{0,16}\b(me|him|her|them|to)\b.{0,40}\b(invoice|bill|config|report|secret|password|token)/,
    reason: "Heddle has no way out: it sends nothing to anyone. Read it here, within your own rights.",
  },
  { cue: /\b(password|secret|private key|credentials?)\b/, reason: "Secrets are never shown." },
];

/**
 * Understands one sentence over the inventory that the caller may see. Deterministic: same words, same reading.
 * Several equal readings are a question back; none is an honest no.
 */
export function interpret(text: string, inventory: readonly Entity[]): Interpretation {
  const lower = text.toLowerCase();
  const refusal = refusals.find((one) => one.cue.test(lower));
  if (refusal) return { outcome: "refuse", reason: refusal.reason };
  const linked = linkEntities(text, inventory);
  const [unclear] = linked.ambiguous;
  if (unclear) {
    return {
      outcome: "clarify",
      question: `Which one do you mean by "${unclear.text}"?`,
      options: unclear.candidates.slice(0, 8).map((one) => one.name),
    };
  }
  const reading: Reading = {
    text: lower,
    words: new Set(words(text).filter((word) => !linked.consumed.has(word))),
    linked,
  };
  const scored = frames
    .map((frame) => ({ frame, score: scoreOf(frame, reading) }))
    .filter((one) => one.score > 0)
    .sort((a, b) => b.score - a.score);
  const [best, second] = scored;
  if (best === undefined) return nothingFits(reading, inventory);
  if (second !== undefined && second.score === best.score) {
    return {
      outcome: "clarify",
      question: "That can be read in two ways. Which one?",
      options: [best.frame.say, second.frame.say],
    };
  }
  const input = best.frame.read(reading);
  if (typeof input === "string") return { outcome: "clarify", question: input, options: [best.frame.say] };
  if (linked.unknown.length > 0 && best.frame.strictNames !== false) {
    return {
      outcome: "abstain",
      reason: `Nothing here is called ${linked.unknown.join(" or ")}.`,
      near: [best.frame.say],
    };
  }
  return { outcome: "run", frame: best.frame, input };
}

/** Cues that must be there, entities that must fit, then how much of the sentence the frame explains. */
function scoreOf(frame: Frame, reading: Reading): number {
  let score = 0;
  for (const group of frame.cues) {
    const hits = group.filter((cue) => (cue.includes(" ") ? reading.text.includes(cue) : reading.words.has(cue)));
    if (hits.length === 0) return 0;
    score += 2 + 0.1 * (hits.length - 1);
  }
  for (const bonus of frame.bonus ?? [])
    if (bonus.includes(" ") ? reading.text.includes(bonus) : reading.words.has(bonus)) score += 0.5;
  const kinds = reading.linked.entities.map((one) => one.kind);
  for (const wanted of frame.entities ?? []) {
    const index = kinds.findIndex((kind) => wanted.includes(kind));
    if (index < 0) return 0;
    kinds.splice(index, 1);
    score += 1.5;
  }
  return score - 0.25 * kinds.length;
}

/** Says whether the words were strange, or only the names. */
function nothingFits(reading: Reading, inventory: readonly Entity[]): Interpretation {
  const { linked } = reading;
  if (linked.unknown.length > 0)
    return { outcome: "abstain", reason: `Nothing here is called ${linked.unknown.join(" or ")}.`, near: [] };
  const nameless = frames.find(
    (frame) =>
      frame.entities !== undefined && isTelling(frame, reading) && scoreOf({ ...frame, entities: [] }, reading) > 0,
  );
  if (nameless !== undefined) {
    const kinds = [...new Set(nameless.entities?.flat())];
    const known = inventory
      .filter((one) => kinds.includes(one.kind) && one.kind !== "host" && one.kind !== "link")
      .slice(0, 12)
      .map((one) => one.name);
    return {
      outcome: "abstain",
      reason: `That asks about a ${kinds.join(" or ")}, and no such name was found in it.${known.length === 0 ? "" : ` There are: ${known.join(", ")}.`}`,
      near: [nameless.say],
    };
  }
  const near = frames.filter((frame) =>
    linked.entities.some((one) => frame.entities?.some((kinds) => kinds.includes(one.kind)) === true),
  );
  return {
    outcome: "abstain",
    reason:
      "No record that Heddle keeps answers that. It knows the fabric, tenants, jobs, Changes, modelled and measured load, and cost.",
    near: near.slice(0, 3).map((frame) => frame.say),
  };
}

/** Words that stand in any question tell nothing of what it is about. */
const common = new Set(["what", "which", "show", "is", "have", "has", "did", "give", "on", "see", "who", "tell"]);
const isTelling = (frame: Frame, reading: Reading): boolean =>
  frame.cues.every((group) =>
    group.some((cue) => !common.has(cue) && (cue.includes(" ") ? reading.text.includes(cue) : reading.words.has(cue))),
  );

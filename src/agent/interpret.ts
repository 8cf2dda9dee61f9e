import type { Entity } from "./entities.ts";
import type { Frame, Reading } from "./frame.ts";
import { frames } from "./frames.ts";
import { acts, limits, logQuestion, refusals } from "./limits.ts";
import { readSentence } from "./reading.ts";
import { fillExample } from "./suggest.ts";
import { namedStrangers, strangers } from "./vocabulary.ts";

/** What a sentence was understood to ask. */
export type Interpretation =
  | {
      readonly outcome: "run";
      readonly frame: Frame;
      readonly input: Readonly<Record<string, unknown>>;
      readonly reading: Reading;
      /** What the answer leaves out of what was said. */
      readonly note?: string;
    }
  | { readonly outcome: "clarify"; readonly question: string; readonly options: readonly string[] }
  | { readonly outcome: "refuse"; readonly reason: string; readonly instead?: string }
  | { readonly outcome: "abstain"; readonly reason: string; readonly near: readonly string[] };

/** Who asks, and when. */
export interface Asking {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The one tenant that the caller sees; absent: all. */
  readonly tenant?: string;
  /** Operations that the caller may call: others are never suggested. */
  readonly allowed?: (operation: string) => boolean;
}

/**
 * Understands one sentence over the inventory that the caller may see. Deterministic: same words, same reading.
 * Several equal readings are a question back; none is an honest no. What a sentence says and an answer would leave
 * out, a name, a unit, a period, is said or makes it no answer.
 */
export function interpret(text: string, inventory: readonly Entity[], asking: Asking = { now: 0 }): Interpretation {
  const lower = text.toLowerCase();
  const refusal = refusals.find((one) => one.cue.test(lower));
  if (refusal) return { outcome: "refuse", reason: refusal.reason };
  const reading = readSentence(text, inventory, asking.now);
  return (
    foreignName(reading, asking) ??
    actOf(lower, reading, asking) ??
    limitOf(lower, inventory, asking) ??
    unclearName(reading) ??
    bestFrame(reading, inventory, asking)
  );
}

/** Whoever sees one tenant hears the same of a name that is another's and of one that is nobody's. */
function foreignName({ words, linked }: Reading, { tenant }: Asking): Interpretation | undefined {
  if (tenant === undefined) return undefined;
  const [first] = [...linked.unknown, ...strangers(words, cueWords)];
  return first === undefined
    ? undefined
    : {
        outcome: "refuse",
        reason: `"${first}" is no word or name that I may speak of here. You see what belongs to ${tenant}; say it with its names.`,
      };
}

/** Approving, applying and undoing are a person's: the command is given, and nothing is done. */
function actOf(text: string, { linked }: Reading, { tenant }: Asking): Interpretation | undefined {
  const act = acts.find((one) => one.cue.test(text));
  if (act === undefined) return undefined;
  const change = linked.entities.find((one) => one.kind === "change");
  if (change === undefined && linked.unknown.length > 0)
    return { outcome: "abstain", reason: `Nothing here is called ${linked.unknown.join(" or ")}.`, near: [] };
  if (tenant !== undefined)
    return { outcome: "refuse", reason: "The operator approves, applies and undoes Changes. You may plan them." };
  return {
    outcome: "refuse",
    reason:
      "Words never approve, apply or undo: a person does, having seen the plan. This is the command; it asks before it acts.",
    instead: change === undefined ? "heddle change list" : `heddle change ${act.verb} ${change.name}`,
  };
}

function limitOf(text: string, inventory: readonly Entity[], asking: Asking): Interpretation | undefined {
  if (logQuestion.cue.test(text) && !/\baudit\b/.test(text))
    return {
      outcome: "clarify",
      question: logQuestion.question,
      options: suggestions((frame) => ["audit.list", "change.list"].includes(frame.operation), inventory, asking),
    };
  const limit = limits.find((one) => one.cue.test(text));
  return limit === undefined
    ? undefined
    : {
        outcome: "abstain",
        reason: `Heddle does not have ${limit.missing}.`,
        near: suggestions((frame) => limit.near?.includes(frame.operation) === true, inventory, asking),
      };
}

function unclearName({ linked }: Reading): Interpretation | undefined {
  const [unclear] = linked.ambiguous;
  return unclear === undefined
    ? undefined
    : {
        outcome: "clarify",
        question: `Which one do you mean by "${unclear.text}"?`,
        options: unclear.candidates.slice(0, 8).map((one) => one.name),
      };
}

function bestFrame(reading: Reading, inventory: readonly Entity[], asking: Asking): Interpretation {
  const [best, second] = frames
    .map((frame) => ({ frame, score: scoreOf(frame, reading) }))
    .filter((one) => one.score > 0)
    .sort((a, b) => b.score - a.score);
  if (best === undefined) return nothingFits(reading, inventory, asking);
  const example = (frame: Frame) => fillExample(frame.say, inventory);
  if (second !== undefined && second.score === best.score)
    return {
      outcome: "clarify",
      question: "That can be read in two ways. Which one?",
      options: [example(best.frame), example(second.frame)],
    };
  const { frame } = best;
  const input = frame.read(reading);
  if (typeof input === "string") return { outcome: "clarify", question: input, options: [example(frame)] };
  const left = leftOut(frame, input, reading);
  if (left !== undefined) return { outcome: "abstain", reason: left, near: [example(frame)] };
  const { period } = reading;
  const note =
    period !== undefined && frame.presentOnly === true
      ? `This is how it is now: Heddle records nothing of it over time ("${period.phrase}").`
      : undefined;
  return { outcome: "run", frame, input, reading, ...(note === undefined ? {} : { note }) };
}

const notOverTime = (phrase: string): string =>
  `That asks about "${phrase}". Heddle keeps Changes and the audit over time, and of everything else how it is now.`;

/** What the sentence says and the frame would pass over. */
function leftOut(frame: Frame, input: Readonly<Record<string, unknown>>, reading: Reading): string | undefined {
  const { linked, period, unit, rail } = reading;
  const honours = (narrowing: "unit" | "rail" | "period") => frame.narrows?.includes(narrowing) === true;
  if (period !== undefined && !honours("period") && frame.presentOnly !== true) return notOverTime(period.phrase);
  if (frame.strictNames !== false) {
    const unknown = [...linked.unknown, ...namedStrangers(reading.text, strangers(reading.words, cueWords))];
    if (unknown.length > 0) return `Nothing here is called ${unknown.join(" or ")}.`;
  }
  if (unit !== undefined && !honours("unit"))
    return `That asks about unit ${unit} alone, and there is no answer for one unit.`;
  if (rail !== undefined && !honours("rail"))
    return `That asks about rail ${rail} alone, and there is no answer for one rail.`;
  const said = JSON.stringify(input);
  const missed = linked.entities.filter((one) => !said.includes(one.name));
  return missed.length > 0 && frame.whole !== true
    ? `That names ${missed.map((one) => one.name).join(" and ")} as well, and there is no answer that takes it into account.`
    : undefined;
}

/** Cues that must be there, entities that must fit, then how much of the sentence the frame explains. */
function scoreOf(frame: Frame, reading: Reading): number {
  if (frame.order === true && question.test(reading.text.trim())) return 0;
  let score = 0;
  for (const group of frame.cues) {
    const hits = group.filter((cue) => stands(cue, reading));
    if (hits.length === 0) return 0;
    // What stands in any question weighs little: it must not outweigh a word that tells.
    score += (hits.every((cue) => common.has(cue)) ? 1 : 2) + 0.1 * (hits.length - 1);
  }
  for (const bonus of frame.bonus ?? []) if (stands(bonus, reading)) score += 0.5;
  const kinds = reading.linked.entities.map((one) => one.kind);
  for (const wanted of frame.entities ?? []) {
    const index = kinds.findIndex((kind) => wanted.includes(kind));
    if (index < 0) return 0;
    kinds.splice(index, 1);
    score += 1.5;
  }
  if (reading.unit !== undefined && frame.narrows?.includes("unit") === true) score += 0.75;
  return score - 0.25 * kinds.length;
}

/** How a question begins; "can you" is a polite order. */
const question =
  /^(can (?!you)|could (?!you)|would (?!you)|should|shall|may|is|are|was|were|do|does|did|has|have|how|what|why|where|who|whose|which|when|if)\b/;

const stands = (cue: string, { text, words }: Reading): boolean =>
  cue.includes(" ") ? text.includes(cue) : words.has(cue);

const cueWords: ReadonlySet<string> = new Set(
  frames.flatMap((frame) => [...frame.cues.flat(), ...(frame.bonus ?? [])]).flatMap((cue) => cue.split(" ")),
);

function suggestions(fits: (frame: Frame) => boolean, inventory: readonly Entity[], { allowed }: Asking): string[] {
  return frames
    .filter((frame) => fits(frame) && allowed?.(frame.operation) !== false)
    .slice(0, 3)
    .map((frame) => fillExample(frame.say, inventory));
}

/** Says whether the words were strange, or only the names. */
function nothingFits(reading: Reading, inventory: readonly Entity[], asking: Asking): Interpretation {
  const { linked } = reading;
  if (linked.unknown.length > 0)
    return { outcome: "abstain", reason: `Nothing here is called ${linked.unknown.join(" or ")}.`, near: [] };
  if (reading.period !== undefined) return { outcome: "abstain", reason: notOverTime(reading.period.phrase), near: [] };
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
      near: suggestions((frame) => frame === nameless, inventory, asking),
    };
  }
  const concerns = (frame: Frame) =>
    linked.entities.some((one) => frame.entities?.some((kinds) => kinds.includes(one.kind)) === true);
  return {
    outcome: "abstain",
    reason:
      "No record that Heddle keeps answers that. It knows the fabric, tenants, jobs, Changes, modelled and measured load, and cost.",
    near: suggestions(concerns, inventory, asking),
  };
}

/** Words that stand in any question tell nothing of what it is about. */
const common = new Set(["what", "which", "show", "is", "have", "has", "did", "give", "on", "see", "who", "tell"]);
const isTelling = (frame: Frame, reading: Reading): boolean =>
  frame.cues.every((group) => group.some((cue) => !common.has(cue) && stands(cue, reading)));

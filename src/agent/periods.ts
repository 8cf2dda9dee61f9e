/** A span of time that a question names, in its own words; `since` where its beginning is known. */
export interface Period {
  readonly phrase: string;
  /** Milliseconds since 1970, UTC. */
  readonly since?: number;
}

const hour = 3_600_000;
const day = 24 * hour;
const unitMs: Readonly<Record<string, number>> = {
  minute: 60_000,
  min: 60_000,
  hour,
  h: hour,
  day,
  d: day,
  week: 7 * day,
  month: 30 * day,
};

const startOfDay = (now: number): number => now - (now % day);
const startOfWeek = (now: number): number => startOfDay(now) - ((new Date(now).getUTCDay() + 6) % 7) * day;
const startOfMonth = (now: number): number => startOfDay(now) - (new Date(now).getUTCDate() - 1) * day;

type Since = (now: number, match: RegExpExecArray) => number | undefined;
const unknown: Since = () => undefined;

/** The longer phrase first: what stands earlier here takes the words away from what stands later. */
const phrases: readonly (readonly [RegExp, Since])[] = [
  [/\b(?:vs\.?|versus|than|compared (?:to|with)) (?:last|the) (?:week|month|day|night|year|quarter)\b/, unknown],
  [/\b(?:in|for|over|during)? ?the (?:hours?|minutes?|days?) (?:before|after|around) [\w-]+( [\w-]+)?/, unknown],
  [/\bbetween \d{1,2}(?::\d\d)? ?(?:am|pm)? and \d{1,2}(?::\d\d)? ?(?:am|pm)?\b/, unknown],
  [
    /\b(?:(?:in|for|over|during) )?(?:the )?(?:last|past) (\d+) ?(minute|min|hour|h|day|d|week|month)s?\b/,
    (now, match) => now - Number(match[1]) * (unitMs[match[2] ?? ""] ?? hour),
  ],
  [/\b(?:last|past) (hour|day|week|month)\b/, (now, match) => now - (unitMs[match[1] ?? ""] ?? day)],
  [/\b(?:until|till|by) the \d{1,2}(?:st|nd|rd|th)\b/, unknown],
  [/\b(?:on|since) the \d{1,2}(?:st|nd|rd|th)\b/, unknown],
  [/\b(?:so far )?(?:this month|month to date)\b/, (now) => startOfMonth(now)],
  [/\bthis week\b/, (now) => startOfWeek(now)],
  [/\b(?:last night(?:'s)?|overnight|tonight(?: at \d{1,2})?)/, unknown],
  [/\byesterday\b/, (now) => startOfDay(now) - day],
  [/\btoday\b/, (now) => startOfDay(now)],
  [/\b(?:after|before|since|at) (?:lunch|midnight|noon|breakfast)\b/, unknown],
  [/\bsince (\d{4}-\d\d-\d\d)\b/, (_, match) => Date.parse(match[1] ?? "")],
  [/\bsince when\b|\bhow often\b|\bgetting (?:worse|better|slower)\b|\bdoubled\b|\bover time\b/, unknown],
  [
    /\b(?:in|by|until|since) (?:january|february|march|april|may|june|july|august|september|october|november|december|q[1-4]|next \w+)\b/,
    unknown,
  ],
];

/** Finds the first period that a text names, and gives the text without it. */
export function takePeriods(text: string, now: number): { readonly rest: string; readonly period?: Period } {
  let rest = text;
  let period: Period | undefined;
  for (const [pattern, since] of phrases) {
    const match = pattern.exec(rest);
    if (match === null) continue;
    const start = since(now, match);
    period ??= { phrase: match[0].trim(), ...(start === undefined || Number.isNaN(start) ? {} : { since: start }) };
    rest = `${rest.slice(0, match.index)} ${rest.slice(match.index + match[0].length)}`;
  }
  return { rest, ...(period === undefined ? {} : { period }) };
}

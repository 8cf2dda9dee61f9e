/** A number in [0, 1), the same row of them for the same seed. */
export type Random = () => number;

/** @source mulberry32, Tommy Ettinger, public domain: 32 bits of state are plenty to pick places in a text. */
export function randomOf(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const below = (random: Random, limit: number): number => Math.floor(random() * limit);
export const oneOf = <T>(random: Random, values: readonly T[]): T =>
  // Every list here has something in it.
  values[below(random, values.length)] as T;

type Spoiler = (text: string, random: Random, other: string) => string;

/** Words that mean something to a parser, to JavaScript, or to nobody. */
const words = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "__proto__: {polluted: 1}",
  '"__proto__": {"polluted": 1},',
  "*a",
  "&a ",
  "<<: *a",
  "!!js/function",
  "{",
  "}",
  "[",
  "]",
  '"',
  "'",
  "|",
  ">-",
  "- ",
  ": ",
  "#",
  "!",
  "\t",
  "no ",
  "default ",
  "null",
  "true",
  "-1",
  "0",
  "1e400",
  "NaN",
  "4294967296",
  "9".repeat(400),
  "1-65000",
  "swp1-65000",
  "Ethernet1/1-4000/1-4000",
  "Ethernet1-999999999",
  "0.0.0.0/0",
  "999.999.999.999/99",
  "::/0",
  "fe80::%x/200",
  "65536:4294967296",
  "../../etc/passwd",
  "\u0000",
  "\uFEFF",
  "\uD800",
  "\u001B[2J",
  "\u2028",
] as const;

const cutOut: Spoiler = (text, random) => {
  const at = below(random, text.length);
  return text.slice(0, at) + text.slice(at + below(random, 400));
};

const onLines =
  (change: (lines: string[], random: Random) => void): Spoiler =>
  (text, random) => {
    const lines = text.split("\n");
    change(lines, random);
    return lines.join("\n");
  };

const swapWord: Spoiler = (text, random) => {
  const matches = [...text.matchAll(/[^\s"',:{}[\]]+/g)];
  if (matches.length === 0) return text;
  const gone = oneOf(random, matches);
  const put = random() < 0.5 ? oneOf(random, words) : oneOf(random, matches)[0];
  return text.slice(0, gone.index) + put + text.slice(gone.index + gone[0].length);
};

/** What bad disks, hasty editors, other systems and enemies do to a file. */
const spoilers: Readonly<Record<string, Spoiler>> = {
  truncated: (text, random) => text.slice(0, below(random, text.length)),
  beheaded: (text, random) => text.slice(below(random, text.length)),
  cutOut,
  swapWord,
  anotherWord: (text, random) => {
    const at = below(random, text.length);
    return text.slice(0, at) + oneOf(random, words) + text.slice(at);
  },
  randomBytes: (text, random) => {
    const at = below(random, text.length);
    const bytes = Uint8Array.from({ length: 1 + below(random, 60) }, () => below(random, 256));
    return text.slice(0, at) + new TextDecoder().decode(bytes) + text.slice(at);
  },
  doubledLines: onLines((lines, random) => {
    const at = below(random, lines.length);
    lines.splice(at, 0, ...lines.slice(at, at + 1 + below(random, 12)));
  }),
  movedLines: onLines((lines, random) => {
    const taken = lines.splice(below(random, lines.length), 1 + below(random, 12));
    lines.splice(below(random, lines.length + 1), 0, ...taken);
  }),
  lostLines: onLines((lines, random) => void lines.splice(below(random, lines.length), 1 + below(random, 12))),
  otherIndent: onLines((lines, random) => {
    const at = below(random, lines.length);
    const by = " ".repeat(below(random, 9));
    for (let index = at; index < Math.min(lines.length, at + 8); index++) lines[index] = by + lines[index]?.trimStart();
  }),
  unterminated: (text, random) => {
    const at = below(random, text.length);
    return text.slice(0, at) + oneOf(random, ['"', "'", "{", "[", "banner motd\n", "/*", "|\n"]) + text.slice(at);
  },
  closerLost: (text, random) => {
    const at = below(random, text.length);
    return text.slice(0, at) + text.slice(at).replace(/["'}\]]/, "");
  },
  number: (text, random) => {
    const numbers = [...text.matchAll(/\d+/g)];
    if (numbers.length === 0) return text;
    const gone = oneOf(random, numbers);
    const put = oneOf(random, ["0", "-1", "65536", "4294967296", "1e9", "9".repeat(30), "007", "1-4094", "0x10", "²"]);
    return text.slice(0, gone.index) + put + text.slice(gone.index + gone[0].length);
  },
  windowsLines: (text) => text.replaceAll("\n", "\r\n"),
  byteOrderMark: (text) => `\uFEFF${text}`,
  longLine: (text, random) => {
    const at = below(random, text.length);
    return text.slice(0, at) + oneOf(random, ["x", " ", "x ", ",", "1,", "-", "9"]).repeat(20_000) + text.slice(at);
  },
  deep: (text, random) => {
    const at = below(random, text.length);
    return text.slice(0, at) + oneOf(random, ["[", "{", '{"a":', "- ", "\n - a:\n"]).repeat(2000) + text.slice(at);
  },
  married: (text, random, other) =>
    text.slice(0, below(random, text.length)) + other.slice(below(random, other.length)),
};

/** One to four misfortunes in a row, and their names. */
export function spoil(text: string, random: Random, other: string): { readonly text: string; readonly how: string } {
  const names = Array.from({ length: 1 + below(random, 4) }, () => oneOf(random, Object.keys(spoilers)));
  const spoiled = names.reduce((now, name) => spoilers[name]?.(now, random, other) ?? now, text);
  return { text: spoiled, how: names.join("+") };
}

import { compareNames } from "#net/order.ts";

/** The words of a line; blanks of any number part them. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let from = -1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 32 || code === 9) {
      if (from >= 0) words.push(text.slice(from, at));
      from = -1;
    } else if (from < 0) from = at;
  }
  if (from >= 0) words.push(from === 0 ? text : text.slice(from));
  return words;
}

/** What stands after the first `count` words, as it stands. */
export function restAfter(text: string, count: number): string {
  let at = 0;
  for (let word = 0; word < count; word++) {
    while (at < text.length && text.charCodeAt(at) !== 32 && text.charCodeAt(at) !== 9) at++;
    while (at < text.length && (text.charCodeAt(at) === 32 || text.charCodeAt(at) === 9)) at++;
  }
  return text.slice(at);
}

const stems: readonly (readonly [short: string, full: string])[] = [
  ["ethernet", "Ethernet"],
  ["port-channel", "Port-Channel"],
  ["loopback", "Loopback"],
  ["vlan", "Vlan"],
  ["management", "Management"],
  ["vxlan", "Vxlan"],
  ["tunnel", "Tunnel"],
  ["recirc-channel", "Recirc-Channel"],
  ["register", "Register"],
  ["dps", "Dps"],
  ["switch", "Switch"],
  ["fabric", "Fabric"],
];
/** Short names that the CLI takes, besides unambiguous beginnings. */
const shortStems: ReadonlyMap<string, string> = new Map([
  ["et", "Ethernet"],
  ["eth", "Ethernet"],
  ["e", "Ethernet"],
  ["po", "Port-Channel"],
  ["port", "Port-Channel"],
  ["portchannel", "Port-Channel"],
  ["lo", "Loopback"],
  ["vl", "Vlan"],
  ["ma", "Management"],
  ["mgmt", "Management"],
  ["vx", "Vxlan"],
  ["tu", "Tunnel"],
]);
const fullStems: ReadonlyMap<string, string> = new Map([
  ...stems.map(([short, full]) => [short, full] as const),
  ...stems.map(([, full]) => [full, full] as const),
  ...shortStems,
]);

/** `Ethernet1/1`, `et1/1`, `port-channel 3`, `vxlan 1` by their full names; undefined when it is none. */
export function canonicalInterface(first: string, second?: string): string | undefined {
  let cut = first.length;
  for (let at = 0; at < first.length; at++) {
    const code = first.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      cut = at;
      break;
    }
  }
  const stem = first.slice(0, cut);
  const number = cut < first.length ? first.slice(cut) : (second ?? "");
  const full = fullStems.get(stem) ?? fullStems.get(stem.toLowerCase());
  if (full === undefined || !isNumbering(number)) return undefined;
  return full === stem && cut < first.length ? first : full + number;
}

/** `1`, `1/1`, `1/1.100`. */
function isNumbering(text: string): boolean {
  if (text.length === 0 || text.length > 24) return false;
  let digit = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) digit = true;
    else if ((code === 47 || code === 46) && digit) digit = false;
    else return false;
  }
  return digit;
}

const mostInterfaces = 4096;

/** `Ethernet1-4,7` and `Ethernet1/1-4` as single names; a plain name gives itself; undefined when it is no interface. */
export function expandInterfaces(first: string, second?: string): string[] | undefined {
  const single = canonicalInterface(first, second);
  if (single !== undefined) return [single];
  const whole = second === undefined ? first : first + second;
  const names: string[] = [];
  let stem = "";
  for (const part of whole.split(",")) {
    const [low = "", high, ...more] = part.split("-").length > 2 ? splitDashedStem(part) : part.split("-");
    if (more.length > 0) return undefined;
    const start = canonicalInterface(low) ?? canonicalInterface(stem + low);
    if (start === undefined) return undefined;
    stem = start.replace(/[\d/.]+$/, "");
    if (high === undefined) names.push(start);
    else {
      const cut = Math.max(start.lastIndexOf("/"), start.lastIndexOf(".")) + 1;
      const fixed = cut > 0 ? start.slice(0, cut) : stem;
      const from = Number(start.slice(fixed.length));
      const to = Number(high.slice(Math.max(high.lastIndexOf("/"), high.lastIndexOf(".")) + 1));
      if (!Number.isInteger(from) || !Number.isInteger(to) || to < from || to - from > mostInterfaces) return undefined;
      for (let n = from; n <= to; n++) names.push(`${fixed}${n}`);
    }
    if (names.length > mostInterfaces) return undefined;
  }
  return names.length === 0 ? undefined : names;
}

const splitDashedStem = (part: string): string[] => {
  const digits = part.search(/\d/);
  const dash = part.indexOf("-", Math.max(digits, 0));
  return dash < 0 ? [part] : [part.slice(0, dash), part.slice(dash + 1)];
};

const secretWords =
  /((?:^|\s)(?:password|secret|key|sha512|md5|community|auth|priv|token|authentication-key|message-digest-key|cvauth=\S*|shared-secret|passphrase|nopassword)\b).*$/i;

const hasSecretWord = /passw|secret|key|sha|md5|snmp|auth|priv|token|passphrase/i;

/** A line that may be shown: what follows a word for a secret is left out, control characters too. */
export function shown(text: string): string {
  const cut = text.length > 160 ? `${text.slice(0, 157)}...` : text;
  const safe = hasSecretWord.test(cut) ? cut.replace(secretWords, "$1 <hidden>") : cut;
  return safe.replace(/[\u0000-\u001f\u007f-\u009f]/g, "\uFFFD");
}

const encode = (part: string): string =>
  part.includes("/") || part.includes("~") ? part.replaceAll("~", "~0").replaceAll("/", "~1") : part;

/** As `configPath` of the model, for the many paths of one reading: most parts need no escape. */
export function pathOf(...parts: readonly (string | number)[]): string {
  let path = "";
  for (const part of parts) path += typeof part === "number" ? `/${part}` : `/${encode(part)}`;
  return path;
}

/** Names in the order in which a switch prints them. */
export const sortedKeys = (record: object): string[] => Object.keys(record).sort(compareNames);

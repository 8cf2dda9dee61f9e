/** Text of about this many characters, of a shape that is known to bring some parser down. */
export type Shape = (characters: number) => string;

const filled = (unit: (index: number) => string, characters: number): string => {
  const parts: string[] = [];
  for (let index = 0, length = 0; length < characters; index++) {
    const part = unit(index);
    parts.push(part);
    length += part.length;
  }
  return parts.join("");
};
const wrapped =
  (head: string, unit: (index: number) => string, tail = ""): Shape =>
  (characters) =>
    head + filled(unit, characters) + tail;
const half = (characters: number): number => Math.floor(characters / 2);

/** Shapes for every door: no syntax, or all of them. */
const anyShapes = {
  "one long line": (characters) => "x".repeat(characters),
  "one long line of words": wrapped("", (index) => `w${index} `),
  "blanks only": (characters) => " ".repeat(characters),
  "line ends only": (characters) => "\n".repeat(characters),
  "many short lines": wrapped("", (index) => `a${index}\n`),
  "ever deeper indent": (characters) => {
    const lines = Math.floor(Math.sqrt(2 * characters));
    return Array.from({ length: lines }, (_, index) => `${" ".repeat(index)}a:`).join("\n");
  },
  "quotes only": (characters) => '"'.repeat(characters),
  "brackets, open": (characters) => "[".repeat(characters),
  "brackets, open and closed": (characters) => "[".repeat(half(characters)) + "]".repeat(half(characters)),
  "zero bytes": (characters) => "\0".repeat(characters),
  "carriage returns": (characters) => "a\r".repeat(half(characters)),
} satisfies Readonly<Record<string, Shape>>;

const yamlShapes = {
  "many keys": wrapped("", (index) => `key${index}: ${index}\n`),
  "one key again and again": wrapped("", () => "key: 1\n"),
  "flow map of many keys": wrapped("{", (index) => `k${index}: 1, `, "z: 1}"),
  "long list": wrapped("list:\n", (index) => `- ${index}\n`),
  "dashes on a line": (characters) => "- ".repeat(half(characters)),
  "anchors and aliases": wrapped("a: &a [1,1,1,1,1,1,1,1]\n", (index) => `b${index}: [*a,*a,*a,*a,*a,*a,*a,*a]\n`),
  "alias bomb": (characters) => {
    let text = "x0: &x0 [lol,lol,lol,lol,lol,lol,lol,lol,lol]\n";
    for (let index = 1; text.length < characters; index++)
      text += `x${index}: &x${index} [${`*x${index - 1},`.repeat(9)}]\n`;
    return text;
  },
  "merge after merge": wrapped("a0: &a0 {x: 1}\n", (index) => `a${index + 1}: &a${index + 1} {<<: *a${index}}\n`),
  "block scalar": wrapped("a: |\n", () => "  text\n"),
  "unterminated quote": wrapped('a: "', () => "text \n"),
  "question marks": (characters) => "? ".repeat(half(characters)),
  "colons on a line": (characters) => "a: ".repeat(Math.floor(characters / 3)),
  "many documents": wrapped("", (index) => `---\na: ${index}\n`),
  "many tags": wrapped("", (index) => `- !t${index} &n${index} 1\n`),
  "comments only": wrapped("a: 1\n", () => "# remark\n"),
} satisfies Readonly<Record<string, Shape>>;

const jsonShapes = {
  "many keys": wrapped("{", (index) => `"key${index}":${index},\n`, '"z":1}'),
  "one key again and again": wrapped("{", () => '"key":1,\n', '"z":1}'),
  "one line of keys": wrapped("{", (index) => `"key${index}":${index},`, '"z":1}'),
  "deep objects": (characters) => '{"a":'.repeat(Math.floor(characters / 5)),
  "deep lists, closed": (characters) => `{"PORT":${"[".repeat(half(characters))}${"]".repeat(half(characters))}}`,
  "long list": wrapped("[", (index) => `${index},\n`, "1]"),
  "one long text": wrapped('{"a":"', () => "text ", '"}'),
  escapes: wrapped('{"a":"', () => "\\u0041", '"}'),
  "long number": wrapped('{"a":', () => "1", "}"),
} satisfies Readonly<Record<string, Shape>>;

const eosShapes = {
  "many interfaces": wrapped("hostname x\n", (index) => `interface Ethernet${index}\n   mtu 9214\n`),
  "one interface again and again": wrapped("hostname x\n", () => "interface Ethernet1\n   description a\n"),
  "wide ranges": wrapped("hostname x\n", () => "interface Ethernet1-65000\n   mtu 9214\n"),
  "wide VLAN ranges": wrapped("hostname x\n", () => "vlan 1-4094\n   name a\n"),
  "trunk lists": wrapped(
    "interface Ethernet1\n   switchport mode trunk\n",
    () => "   switchport trunk allowed vlan add 1-4094\n",
  ),
  "one long VLAN list": wrapped("vlan ", (index) => `${(index % 4094) + 1},`, "\n"),
  "long access list": wrapped(
    "ip access-list A\n",
    (index) => `   ${index} permit ip 10.0.0.0/8 10.${index % 256}.0.0/16\n`,
  ),
  "long prefix list": wrapped("", (index) => `ip prefix-list P seq ${index} permit 10.0.0.0/8\n`),
  "many neighbors": wrapped("router bgp 65000\n", (index) => {
    const [a, b, c] = [(index >> 16) & 255, (index >> 8) & 255, index & 255];
    return `   neighbor 10.${a}.${b}.${c} remote-as ${1 + (index % 60000)}\n`;
  }),
  "many VRFs": wrapped(
    "",
    (index) =>
      `vrf instance V${index}\nip routing vrf V${index}\nrouter bgp 65000\n   vrf V${index}\n      route-target import evpn 1:${index}\n`,
  ),
  "many static routes": wrapped("", (index) => `ip route 10.${(index >> 8) & 255}.${index & 255}.0/24 10.0.0.1\n`),
  "many no lines": wrapped("", (index) => `no interface Ethernet${index}\n`),
  "banner without end": wrapped("banner motd\n", () => "text\n"),
  "unknown lines": wrapped("hostname x\n", (index) => `frobnicate ${index} {\n`),
  "nested unknown lines": wrapped("", (index) => `${"   ".repeat(index % 40)}block ${index}\n`),
} satisfies Readonly<Record<string, Shape>>;

const nvueShapes = {
  "wide ranges": wrapped("- set:\n    interface:\n", () => "      swp1-65000:\n        link:\n          mtu: 9216\n"),
  "many wide ranges": wrapped(
    "- set:\n    interface:\n",
    (index) => `      swp${1 + (index % 100)}-65000:\n        link:\n          mtu: 9216\n`,
  ),
  "many interfaces": wrapped("- set:\n    interface:\n", (index) => `      swp${index}:\n        type: swp\n`),
  "one long range list": wrapped("- set:\n    interface:\n      ", (index) => `swp${index},`, ":\n        type: swp\n"),
  "many unset documents": wrapped("", (index) => `- unset:\n    interface:\n      swp${index}: {}\n`),
  "nv commands": wrapped("", (index) => `nv set interface swp${index} link mtu 9216\n`),
  "nv commands of wide ranges": wrapped("", () => "nv set interface swp1-65000 link mtu 9216\n"),
  "many rules": wrapped(
    "- set:\n    acl:\n      A:\n        type: ipv4\n        rule:\n",
    (index) => `          '${index}':\n            action:\n              permit: {}\n`,
  ),
} satisfies Readonly<Record<string, Shape>>;

const sonicShapes = {
  "many ports": wrapped('{"PORT":{', (index) => `"Ethernet${index}":{"mtu":"9100","lanes":"${index}"},\n`, '"z":{}}}'),
  "many VLAN members": wrapped(
    '{"VLAN_MEMBER":{',
    (index) => `"Vlan${index % 4094}|Ethernet${index}":{"tagging_mode":"tagged"},\n`,
    '"z":{}}}',
  ),
  "many tables": wrapped("{", (index) => `"TABLE${index}":{"k":{"a":"b"}},\n`, '"z":{}}'),
  "one port again and again": wrapped('{"PORT":{', () => '"Ethernet0":{"mtu":"9100"},\n', '"z":{}}}'),
  "FRR neighbors": wrapped(
    "router bgp 65000\n",
    (index) => ` neighbor 10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255} remote-as 65001\n`,
  ),
  "FRR prefix list": wrapped("", (index) => `ip prefix-list P seq ${index} permit 10.0.0.0/8\n`),
  "FRR VRFs": wrapped("", (index) => `vrf V${index}\n vni ${index}\nexit-vrf\n`),
} satisfies Readonly<Record<string, Shape>>;

const designShapes = {
  "many tenants": wrapped(
    "name: x\ncomputeFabric: {hosts: 16, rails: 8, scalableUnitHosts: 16, linkSpeed: 400G, leaf: {nos: eos, model: 7060x6-64pe}, spine: {nos: eos, model: 7060x6-64pe}}\ntenants:\n",
    (index) => `- {name: t${index}, hosts: su1-h1..h65000, gbps: 400}\n`,
  ),
  "many nodes": wrapped(
    "name: x\ntopology:\n  nodes:\n",
    (index) => `    n${index}: {kind: ceos, startup-config: n${index}.cfg}\n`,
  ),
  "many links": wrapped(
    "name: x\ntopology:\n  nodes: {a: {kind: ceos}, b: {kind: ceos}}\n  links:\n",
    (index) => `  - endpoints: ["a:eth${index}", "b:eth${index}"]\n`,
  ),
  "many prices": wrapped("version: 1\nprices:\n", (index) => `- {id: p${index}, amount: 1.00, unit: each}\n`),
} satisfies Readonly<Record<string, Shape>>;

const airShapes = {
  "many nodes": wrapped(
    '{"nodes":{',
    (index) => `"n${index}":{"os":"generic"},\n`,
    '"z":{"os":"generic"}},"links":[]}',
  ),
  "many links": wrapped(
    '{"nodes":{"a":{"os":"generic"},"b":{"os":"generic"}},"links":[',
    (index) => `[{"node":"a","interface":"eth${index}"},{"node":"b","interface":"eth${index}"}],\n`,
    '[{"node":"a","interface":"y"},{"node":"b","interface":"y"}]]}',
  ),
} satisfies Readonly<Record<string, Shape>>;

const sentenceShapes = {
  "many names": wrapped("can ", (index) => `leaf-${index} reach `),
  "one name with dots": (characters) => `a${"..".repeat(half(characters))}`,
  "wide host range": () => "give acme su1-h1..h650009",
  "many ranges": wrapped("give acme ", () => "su1-h1..h65000 "),
  "cue without end": wrapped("", () => "skip without bypass send me to "),
  digits: (characters) => "9".repeat(characters),
} satisfies Readonly<Record<string, Shape>>;

/** The shapes of one syntax, and those of none. */
export const shapesOf = {
  eos: { ...anyShapes, ...eosShapes },
  nvue: { ...anyShapes, ...yamlShapes, ...nvueShapes },
  sonic: { ...anyShapes, ...jsonShapes, ...sonicShapes },
  yaml: { ...anyShapes, ...yamlShapes, ...designShapes },
  json: { ...anyShapes, ...jsonShapes, ...airShapes },
  sentence: { ...anyShapes, ...sentenceShapes },
} satisfies Readonly<Record<string, Readonly<Record<string, Shape>>>>;
export type Syntax = keyof typeof shapesOf;

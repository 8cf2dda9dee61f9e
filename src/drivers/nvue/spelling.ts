import { copyOf, newNode, overlay, type ConfigNode } from "./tree.ts";

/**
 * Two spellings of one tree. Cumulus Linux 5.14 and earlier say `enable: on`, `ip: {address, vrf, vrr, igmp}`;
 * 5.15 and later `state: enabled`, `ipv4:` and `ipv6:`, and `vrf:` right under the interface. Readers know only the
 * newer one; `modernise` brings a tree there, `antiquate` back.
 *
 * @source Cumulus Linux 5.15 "New and Changed NVUE Commands", tables "IP Interface" and "On/Off"
 */
export function modernise(tree: ConfigNode): ConfigNode {
  const modern = plainWords(tree, "");
  for (const port of modern.children.get("interface")?.children.values() ?? []) splitIp(port, port);
  for (const vrf of modern.children.get("vrf")?.children.values() ?? []) {
    const loopback = vrf.children.get("loopback");
    if (loopback !== undefined) splitIp(loopback, loopback);
  }
  return modern;
}

/** Keys whose text is the user's own: `on` there is a word, not a switch. */
const ownWords = new Set(["description", "remark", "message", "hostname", "pre-login", "post-login", "content", "vrf"]);
const newer = new Map([
  ["on", "enabled"],
  ["off", "disabled"],
]);
const older = new Map([
  ["enabled", "on"],
  ["disabled", "off"],
]);

function plainWords(node: ConfigNode, key: string): ConfigNode {
  if (ownWords.has(key) && node.children.size === 0) return node;
  const word = node.value === undefined || node.quoted === true ? undefined : newer.get(node.value);
  if (node.children.size === 0 && word === undefined) return node;
  const copy: ConfigNode = { ...node, children: new Map(), ...(word === undefined ? {} : { value: word }) };
  const both = node.children.has("enable") && node.children.has("state");
  for (const [name, child] of node.children) {
    const leaf = child.children.size === 0 && child.value === undefined;
    const turned = leaf && node.children.size === 1 && !ownWords.has(key) ? newer.get(name) : undefined;
    const named = name === "enable" ? "state" : name === "state" && both ? "vrr-state" : (turned ?? name);
    const inner = plainWords(child, name);
    // `vrr: {state: {up: {}}}` of the older spelling is `vrr-state` of the newer, with or without `enable` beside it.
    if (key === "vrr" && named === "state" && isUpDown(inner)) copy.children.set("vrr-state", inner);
    else copy.children.set(named, inner);
  }
  return copy;
}

const isUpDown = (node: ConfigNode): boolean => {
  const text = node.value ?? [...node.children.keys()][0];
  return text === "up" || text === "down";
};

const sub = (parent: ConfigNode, key: string, like: ConfigNode): ConfigNode => {
  const there = parent.children.get(key);
  if (there !== undefined && there.children.size > 0) return there;
  const made = newNode(like.file, like.line);
  parent.children.set(key, made);
  return made;
};

/** `ip: {address, gateway, vrf, vrr, ipv4, ipv6, neighbor-discovery, igmp}` to `ipv4`, `ipv6` and `vrf`. */
function splitIp(from: ConfigNode, to: ConfigNode): void {
  const ip = from.children.get("ip");
  if (ip === undefined) return;
  from.children.delete("ip");
  const family = (name: "ipv4" | "ipv6"): ConfigNode => sub(to, name, ip);
  const of = (text: string): ConfigNode => family(text.includes(":") ? "ipv6" : "ipv4");
  for (const [key, child] of ip.children) {
    if (key === "vrf") to.children.set("vrf", child);
    else if (key === "address" || key === "gateway") splitByFamily(key, child, of);
    else if (key === "vrr") splitVrr(child, of);
    else if (key === "ipv4" || key === "ipv6") merge(family(key), child);
    else if (key === "neighbor-discovery") family("ipv6").children.set(key, child);
    else family("ipv4").children.set(key, child);
  }
}

function merge(into: ConfigNode, from: ConfigNode): void {
  const wrapped = newNode(from.file, from.line);
  for (const [key, child] of from.children) wrapped.children.set(key, child);
  overlay(into, wrapped);
}

function splitByFamily(key: string, set: ConfigNode, of: (text: string) => ConfigNode): void {
  const entries: [string, ConfigNode][] = set.value === undefined ? [...set.children] : [[set.value, newNodeLike(set)]];
  for (const [text, child] of entries) {
    if (text === "dhcp" || text === "dhcp6") {
      const client = sub(of(text === "dhcp6" ? ":" : ""), "dhcp-client", child);
      client.children.set("state", { ...child, value: "enabled", children: new Map() });
    } else sub(of(text), key, set).children.set(text, child);
  }
}

const newNodeLike = (node: ConfigNode): ConfigNode => {
  const { value: _value, ...rest } = node;
  return { ...rest, children: new Map() };
};

/** Addresses go to their family; the rest (state, MAC) to each family that has one. */
function splitVrr(vrr: ConfigNode, of: (text: string) => ConfigNode): void {
  const addresses = [...(vrr.children.get("address")?.children.keys() ?? [])];
  const families = new Set(addresses.length === 0 ? [of("")] : addresses.map((text) => of(text)));
  for (const [key, child] of vrr.children)
    if (key === "address") {
      for (const [text, inner] of child.children)
        sub(sub(of(text), "vrr", vrr), "address", child).children.set(text, inner);
    } else for (const family of families) sub(family, "vrr", vrr).children.set(key, copyOf(child));
}

/** The older spelling of a tree in the newer one. */
export function antiquate(tree: ConfigNode): ConfigNode {
  const old = oldWords(tree, "");
  for (const port of old.children.get("interface")?.children.values() ?? []) joinIp(port);
  for (const vrf of old.children.get("vrf")?.children.values() ?? []) {
    const loopback = vrf.children.get("loopback");
    if (loopback !== undefined) joinIp(loopback);
  }
  return old;
}

function oldWords(node: ConfigNode, key: string): ConfigNode {
  const word = node.value === undefined || ownWords.has(key) ? undefined : older.get(node.value);
  const copy: ConfigNode = { ...node, children: new Map(), ...(word === undefined ? {} : { value: word }) };
  for (const [name, child] of node.children) {
    const isSwitch = name === "state" && child.value !== undefined && older.has(child.value);
    copy.children.set(isSwitch ? "enable" : name === "vrr-state" ? "state" : name, oldWords(child, name));
  }
  return copy;
}

function joinIp(port: ConfigNode): void {
  const parts = [port.children.get("vrf"), port.children.get("ipv4"), port.children.get("ipv6")];
  const [vrf, ipv4, ipv6] = parts;
  if (parts.every((part) => part === undefined)) return;
  const ip = newNode(port.file, port.line);
  if (vrf !== undefined) ip.children.set("vrf", vrf);
  for (const [family, node] of [
    ["ipv4", ipv4],
    ["ipv6", ipv6],
  ] as const)
    for (const [key, child] of node?.children ?? []) {
      if (key === "address" || key === "gateway" || key === "vrr") merge(sub(ip, key, child), child);
      else if (key === "dhcp-client")
        sub(ip, "address", child).children.set(family === "ipv4" ? "dhcp" : "dhcp6", newNode(child.file, child.line));
      else if (key === "neighbor-discovery" || key === "igmp") ip.children.set(key, child);
      else sub(ip, family, child).children.set(key, child);
    }
  for (const key of ["vrf", "ipv4", "ipv6"]) port.children.delete(key);
  port.children.set("ip", ip);
}

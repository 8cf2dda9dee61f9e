import type { FabricKind, Switch } from "#model/fabric.ts";

/** What a name says of its device: dash-separated one-based tokens, as NVIDIA's Launch Kit reads them. */
export interface NameTokens {
  readonly scalableUnit?: number;
  readonly host?: number;
  readonly rail?: number;
  readonly plane?: number;
  readonly pod?: number;
}

const tokenKeys = { su: "scalableUnit", h: "host", r: "rail", p: "plane", pod: "pod" } as const;

/** `leaf-su1-r2-p1`: scalable unit 1, rail 2, plane 1. @source interop notes D2 (k8s-launch-kit topology input) */
export function nameTokens(name: string): NameTokens {
  const tokens: { -readonly [K in keyof NameTokens]: NameTokens[K] } = {};
  for (const part of name.slice(0, 200).split("-")) {
    const match = /^(su|h|r|p|pod)([1-9]\d{0,5})$/.exec(part);
    if (match === null) continue;
    // The pattern names exactly the keys of the table.
    tokens[tokenKeys[match[1] as keyof typeof tokenKeys]] = Number(match[2]);
  }
  return tokens;
}

/** Rail and plane of a host port `rail<R>p<P>`. */
export function railPort(port: string): { readonly rail: number; readonly plane: number } | undefined {
  const match = /^rail([1-9]\d{0,3})p([1-9]\d{0,3})$/.exec(port);
  return match === null ? undefined : { rail: Number(match[1]), plane: Number(match[2]) };
}

/** Role and fabric that a switch's name suggests, for topologies that don't say. */
export function roleFromName(name: string): { readonly role: Switch["role"]; readonly fabric: FabricKind } {
  const lower = name.toLowerCase();
  const fabric: FabricKind = /(^|-)(oob|mgmt)/.test(lower)
    ? "outOfBand"
    : /^(front|stor)/.test(lower)
      ? "frontEnd"
      : "computeFabric";
  if (fabric === "outOfBand") return { role: "oob", fabric };
  if (/super-?spine|core/.test(lower)) return { role: "superSpine", fabric };
  if (lower.includes("spine")) return { role: "spine", fabric };
  return { role: /border|dci|gw|gateway/.test(lower) ? "border" : "leaf", fabric };
}

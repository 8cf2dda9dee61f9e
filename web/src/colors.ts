/** Colours of tenants, by place in the sorted list: far apart in hue, readable on light and dark. */
const hues = [
  "#1c7ed6",
  "#e8590c",
  "#9c36b5",
  "#2f9e44",
  "#c2255c",
  "#0c8599",
  "#f08c00",
  "#5f3dc4",
  "#66a80f",
  "#a61e4d",
] as const;

export const tenantColors = (tenants: readonly string[]): ReadonlyMap<string, string> =>
  new Map([...new Set(tenants)].sort().map((name, index) => [name, hues[index % hues.length] ?? hues[0]]));

/** From calm to hot, for a share of capacity. */
export function loadColor(share: number): string {
  if (share <= 0.001) return "var(--wire)";
  if (share < 0.5) return "var(--load-low)";
  if (share < 0.8) return "var(--load-mid)";
  return "var(--load-high)";
}

export const stateColor = (state: string): string =>
  ({
    planned: "blue",
    approved: "indigo",
    applying: "yellow",
    applied: "lime",
    verified: "lime",
    closed: "teal",
    refused: "red",
    failed: "red",
    "rolling-back": "orange",
    "rolled-back": "gray",
  })[state] ?? "gray";

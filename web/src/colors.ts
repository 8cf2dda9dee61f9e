/**
 * Colours of tenants, by place in the sorted list. None is near the green, amber and red of load, and white letters
 * stand on each with at least 4.5 to 1.
 */
const hues = [
  "#1971c2",
  "#7048e8",
  "#b8328f",
  "#0b7f8c",
  "#96522a",
  "#4a5fc1",
  "#687409",
  "#8a4b9e",
  "#5b6b78",
  "#a6364f",
] as const;

export const tenantColors = (tenants: readonly string[]): ReadonlyMap<string, string> =>
  new Map([...new Set(tenants)].sort().map((name, index) => [name, hues[index % hues.length] ?? hues[0]]));

/** Steps of a link's share of capacity, from calm to hot; each has a size too, so that colour is not alone. */
export const loadSteps = [
  { name: "idle", from: 0, color: "var(--load-idle)", radius: 2.8 },
  { name: "< 10%", from: 0.0005, color: "var(--load-calm)", radius: 3.4 },
  { name: "10–50%", from: 0.1, color: "var(--load-low)", radius: 4.4 },
  { name: "50–80%", from: 0.5, color: "var(--load-mid)", radius: 5.4 },
  { name: "> 80%", from: 0.8, color: "var(--load-high)", radius: 6.4 },
] as const;

export const loadStep = (share: number): (typeof loadSteps)[number] =>
  loadSteps.findLast((one) => share >= one.from) ?? loadSteps[0];

export const stateColor = (state: string): string =>
  ({
    planned: "blue",
    approved: "indigo",
    applying: "yellow",
    applied: "lime",
    verified: "lime",
    closed: "green",
    refused: "red",
    failed: "red",
    "rolling-back": "orange",
    "rolled-back": "gray",
  })[state] ?? "gray";

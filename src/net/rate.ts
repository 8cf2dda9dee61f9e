/** Rates are bits per second as plain numbers (`...Bps` in names means bits here, as in OpenConfig speeds). */
const units: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };

/** Reads `400G`, `400Gb/s`, `100gbps`, `1.6T`; undefined when it is none, or not positive. */
export function parseRate(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:b(?:ps|it\/s|\/s)?)?\s*$/i.exec(text);
  const factor = match && units[(match[2] ?? "").toLowerCase()];
  const value = match && factor ? Number(match[1]) * factor : 0;
  return value > 0 && Number.isFinite(value) ? value : undefined;
}

/** `400G`, `1.6T`. */
export function formatRate(bitsPerSecond: number): string {
  for (const [unit, factor] of [
    ["T", 1e12],
    ["G", 1e9],
    ["M", 1e6],
    ["k", 1e3],
  ] as const) {
    if (bitsPerSecond >= factor) return `${Number((bitsPerSecond / factor).toFixed(2))}${unit}`;
  }
  return `${bitsPerSecond}`;
}

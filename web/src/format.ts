/** Integer micro-dollars in digits, as dollars. */
export function dollars(micros: string | number, digits = 2): string {
  const value = Number(micros) / 1e6;
  const sign = value < 0 ? "−" : "";
  return `${sign}$${Math.abs(value).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

export const percent = (share: number, digits = 1): string => `${(share * 100).toFixed(digits)}%`;

export function rate(bitsPerSecond: number): string {
  for (const [unit, factor] of [
    ["Tb/s", 1e12],
    ["Gb/s", 1e9],
    ["Mb/s", 1e6],
  ] as const)
    if (bitsPerSecond >= factor) return `${Number((bitsPerSecond / factor).toFixed(1))} ${unit}`;
  return `${Math.round(bitsPerSecond)} b/s`;
}

export const when = (milliseconds: number): string =>
  new Date(milliseconds).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** `su1-h2` before `su1-h10`. */
export const byName = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });

export const clock = (milliseconds: number): string =>
  new Date(milliseconds).toLocaleTimeString("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
  });

/** `1 host`, `4 hosts`. */
export const many = (count: number, noun: string): string =>
  `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;

export const duration = (milliseconds: number): string =>
  milliseconds >= 1000 ? `${(milliseconds / 1000).toFixed(2)} s` : `${milliseconds.toFixed(1)} ms`;

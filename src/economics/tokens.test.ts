import { describe, expect, it } from "vitest";
import { formatDollars } from "#model/money.ts";
import { perMillionTokens, tokenFigures } from "./tokens.ts";

const service = {
  service: "chat",
  perHour: 100_000_000n,
  directNetworkPerHour: 9_000_000n,
  stallShare: 0.1,
  gpuPerHour: 80_000_000n,
  inputTokensPerSecond: 90_000,
  outputTokensPerSecond: 10_000,
  grade: "derived" as const,
  source: "workload",
};

describe("tokens", () => {
  it("InferenceX: $2.65 an hour at 6,000 tokens a second is $0.1227 per million", () => {
    expect(formatDollars(perMillionTokens(2_650_000n, 6_000) ?? 0n, 4)).toBe("$0.1227");
  });

  it("prices all tokens, output alone, and the network's two parts", () => {
    const value = (name: string) => tokenFigures(service).find((one) => one.name === `tokens/chat/${name}`)?.value;
    expect(value("per-million")).toBe(277_778n);
    expect(value("per-million-output")).toBe(2_777_778n);
    expect(value("per-million/network-direct")).toBe(25_000n);
    expect(value("per-million/network-induced")).toBe(22_222n);
  });

  it.each([0, -1, NaN, Infinity])("%s tokens a second have no price", (rate) => {
    expect(perMillionTokens(1n, rate)).toBeUndefined();
    expect(
      tokenFigures({ ...service, inputTokensPerSecond: rate, outputTokensPerSecond: rate === 0 ? 0 : rate }),
    ).toEqual([]);
  });
});

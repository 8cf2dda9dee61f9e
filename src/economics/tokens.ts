import { weakest, type Figure, type Grade, type MicroDollars } from "#model/money.ts";
import type { InferenceService } from "#model/workload.ts";
import { networkPools } from "./assets.ts";
import type { CostReport } from "./cost.ts";
import { derivedFigure } from "./figures.ts";

/** Micro-dollars per million tokens. */
export type PerMillionTokens = MicroDollars;

/** $ per million tokens = dollars per GPU-hour / (tokens per second and GPU x 3600) x 10^6. @source InferenceX methodology */
export function perMillionTokens(dollarsPerHour: MicroDollars, tokensPerSecond: number): PerMillionTokens | undefined {
  if (!Number.isFinite(tokensPerSecond) || tokensPerSecond <= 0) return undefined;
  const milliTokensPerHour = BigInt(Math.round(tokensPerSecond * 3_600_000));
  if (milliTokensPerHour === 0n) return undefined;
  return (dollarsPerHour * 1_000_000_000n + milliTokensPerHour / 2n) / milliTokensPerHour;
}

export interface TokenInput {
  readonly service: string;
  /** Cost of the service's hosts, all pools, per hour. */
  readonly perHour: MicroDollars;
  /** Of that: NICs, fabric and their energy. Part of `perHour`. */
  readonly directNetworkPerHour: MicroDollars;
  /** Share of the GPUs' time that waits for the network, 0 to 1: what the wait costs is a view of `perHour`, no addition. */
  readonly stallShare: number;
  readonly gpuPerHour: MicroDollars;
  readonly inputTokensPerSecond: number;
  readonly outputTokensPerSecond: number;
  /** How the token rates are known. */
  readonly grade: Grade;
  readonly source: string;
}

/**
 * What a million tokens of a service cost: all tokens, and output alone, with the network's direct part (its own cost)
 * and induced part (GPU time that waits for it). Empty where no token is served: a price per nothing is no figure.
 */
export function tokenFigures(input: TokenInput): Figure[] {
  const name = `tokens/${input.service}`;
  const grade = weakest([input.grade, "derived"]);
  const rate = (label: string, value: number): Figure => ({
    name: `${name}/${label}`,
    value,
    unit: "tokens/s",
    grade: input.grade,
    formula: "requests/s x tokens per request",
    inputs: [{ name: label, value: String(value), grade: input.grade, source: input.source }],
  });
  const money = (label: string, value: MicroDollars, formula: string): Figure => ({
    name: `${name}/${label}`,
    value,
    unit: "micro-dollars/h",
    grade,
    formula,
    inputs: [{ name: label, value: String(value), grade, source: "figure:cost/total" }],
  });
  const all = rate("all", input.inputTokensPerSecond + input.outputTokensPerSecond);
  const output = rate("output", input.outputTokensPerSecond);
  const cost = money("cost", input.perHour, "pools of the service's hosts");
  const direct = money("network-direct", input.directNetworkPerHour, "nic + fabric + network energy");
  const stall = Math.round(Math.min(1, Math.max(0, input.stallShare || 0)) * 1e9);
  const induced = money(
    "network-induced",
    (input.gpuPerHour * BigInt(stall)) / 1_000_000_000n,
    "GPU rate x share of time waiting for the network",
  );
  const per = (label: string, part: Figure, tokens: Figure): Figure[] => {
    const value = perMillionTokens(BigInt(part.value), Number(tokens.value));
    return value === undefined
      ? []
      : [
          derivedFigure(`${name}/${label}`, value, "micro-dollars/M tokens", "per hour / (tokens/s x 3600) x 10^6", [
            part,
            tokens,
          ]),
        ];
  };
  const priced = [
    ...per("per-million", cost, all),
    ...per("per-million-output", cost, output),
    ...per("per-million/network-direct", direct, all),
    ...per("per-million/network-induced", induced, all),
  ];
  return priced.length === 0 ? [] : [...priced, all, output, cost, direct, induced];
}

export interface ServiceLoad {
  /** Host time per request, and what of it waits for the network, as the twin's load tells. */
  readonly stepMs?: number;
  readonly exposedNetworkMs?: number;
}

export interface TokenCost {
  readonly tokensPerSecond: number;
  readonly perMillionTokens: PerMillionTokens;
  readonly perMillionOutputTokens: PerMillionTokens;
  readonly networkDirect: PerMillionTokens;
  readonly networkInduced: PerMillionTokens;
  readonly grade: Grade;
  readonly figures: readonly Figure[];
}

/** What a service's tokens cost: its hosts' part of its tenant's bill over the tokens that it serves. Nothing served: zeros. */
export function tokenCost(
  input: { readonly service: InferenceService; readonly costs: CostReport } & ServiceLoad,
): TokenCost {
  const figures = tokenFigures(tokenInput(input.service, input.costs, input));
  const value = (label: string): bigint => {
    const found = figures.find((one) => one.name === `tokens/${input.service.name}/${label}`)?.value;
    return typeof found === "bigint" ? found : 0n;
  };
  return {
    tokensPerSecond: tokensPerSecond(input.service, "inputTokens") + tokensPerSecond(input.service, "outputTokens"),
    perMillionTokens: value("per-million"),
    perMillionOutputTokens: value("per-million-output"),
    networkDirect: value("per-million/network-direct"),
    networkInduced: value("per-million/network-induced"),
    grade: weakest([input.costs.grade, "derived"]),
    figures,
  };
}

function tokensPerSecond(service: InferenceService, which: "inputTokens" | "outputTokens"): number {
  const rate = service.requestsPerSecond * service[which];
  return Number.isFinite(rate) && rate > 0 ? rate : 0;
}

function tokenInput(service: InferenceService, costs: CostReport, load: ServiceLoad): TokenInput {
  const bill = costs.tenants.find((one) => one.tenant === service.tenant);
  const gpus = service.hosts.length * service.gpusPerHost;
  const part = (amount: MicroDollars): MicroDollars =>
    bill === undefined || bill.gpus === 0 || !Number.isSafeInteger(gpus)
      ? 0n
      : (amount * BigInt(Math.min(gpus, bill.gpus))) / BigInt(bill.gpus);
  const stall = load.stepMs !== undefined && load.stepMs > 0 ? (load.exposedNetworkMs ?? 0) / load.stepMs : 0;
  const pool = (name: "gpu" | "host" | "nic") => bill?.pools[name] ?? 0n;
  const network = networkPools.reduce((all, name) => all + (bill?.pools[name] ?? 0n), 0n);
  return {
    service: service.name,
    perHour: part(bill?.perHour ?? 0n),
    directNetworkPerHour: part(network + pool("nic")),
    stallShare: stall,
    gpuPerHour: part(pool("gpu") + pool("host")),
    inputTokensPerSecond: tokensPerSecond(service, "inputTokens"),
    outputTokensPerSecond: tokensPerSecond(service, "outputTokens"),
    grade: costs.grade,
    source: `workload ${service.name}`,
  };
}

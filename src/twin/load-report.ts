import type { Finding } from "#model/finding.ts";
import type { Workload } from "#model/workload.ts";
import type { LoadAssumptions } from "./load-flows.ts";

/** Average over time, in the busier direction. */
export interface LinkLoad {
  readonly link: string;
  readonly bps: number;
  /** Of the capacity, 0 to 1. */
  readonly share: number;
  readonly capacityBps: number;
  /** From the link's end `a` to its end `b`, and back, as the fabric states them. */
  readonly forwardBps: number;
  readonly backwardBps: number;
  readonly jobs: readonly string[];
  /** Of `bps`, by tenant. */
  readonly byTenant: Readonly<Record<string, number>>;
}

/**
 * How a job fares. Training: one step. Inference: host time per request (hosts / requests per second), of which
 * `exposedNetworkMs` both hosts of a request are held by its KV transfer: an upper bound, as engines may go on.
 * `bestMs` ≤ `aloneMs` ≤ `stepMs` ≤ `worstMs`.
 */
export interface JobLoad {
  readonly job: string;
  readonly kind: Workload["kind"];
  readonly tenant: string;
  readonly gpus: number;
  readonly stepMs: number;
  readonly computeMs: number;
  readonly exposedNetworkMs: number;
  /** With NICs as the only limit: what no placement beats. */
  readonly bestMs: number;
  /** Here, with nobody else on the fabric. */
  readonly aloneMs: number;
  /** If everybody's bursts always met. */
  readonly worstMs: number;
  /** Link that stops its slowest flow. */
  readonly bottleneck?: string;
  /** Part of the asked traffic that fits, for services; 1 when all does. */
  readonly servedShare: number;
  /** Why it cannot run; its times are then those of compute alone, and mean nothing. */
  readonly blocked?: string;
}

export interface LoadReport {
  readonly links: readonly LinkLoad[];
  readonly jobs: readonly JobLoad[];
  readonly findings: readonly Finding[];
  readonly fidelity: "modelled";
  readonly assumptions: LoadAssumptions;
}

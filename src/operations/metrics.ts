import { figureMetrics, rateMetrics, renderMetrics, type MetricFamily } from "#telemetry/prometheus.ts";
import { Failure } from "#model/failure.ts";
import type { ChangeState } from "#model/change.ts";
import type { Context } from "./context.ts";
import { showStatus } from "./fabric.ts";
import { decide } from "./policy.ts";

const states: readonly ChangeState[] = [
  "planned",
  "approved",
  "applying",
  "applied",
  "verified",
  "closed",
  "refused",
  "failed",
  "rolling-back",
  "rolled-back",
];

/**
 * What a Prometheus server scrapes: cost, sessions, isolation, modelled link load, measured rates, Changes by state.
 * Whoever may read the status of the fabric may scrape it. Scrapes leave no audit row: they come every few seconds.
 *
 * @throws {Failure} forbidden
 */
export async function metricsText(context: Context): Promise<string> {
  const { allow, reason } = decide(context.principal, showStatus);
  if (!allow) throw new Failure("forbidden", `metrics: ${reason}`);
  const { factory, changes } = context;
  const { sessions } = factory.twin;
  const proof = factory.proof;
  const records = await changes.list({ kind: "all" });
  const established = sessions.filter((one) => one.state === "established").length;
  return renderMetrics([
    gauge("heddle_sessions", "BGP sessions as computed, by state.", [
      [{ state: "established" }, established],
      [{ state: "down" }, sessions.length - established],
    ]),
    gauge("heddle_isolation_holds", "1 while no forbidden pair can talk and every required pair can.", [
      [{}, proof.holds ? 1 : 0],
    ]),
    gauge("heddle_isolation_pairs", "Ordered pairs of end points, by what policy says.", [
      [{ policy: "forbidden" }, proof.forbiddenPairs],
      [{ policy: "required" }, proof.requiredPairs],
    ]),
    gauge("heddle_isolation_pairs_reachable", "Of those pairs, the ones that can reach each other (computed).", [
      [{ policy: "forbidden" }, proof.forbiddenReachable],
      [{ policy: "required" }, proof.requiredReachable],
    ]),
    gauge(
      "heddle_link_load_ratio",
      "Modelled share of a link's capacity, the busier direction.",
      factory.load.links.map((one) => [{ link: one.link }, one.share]),
    ),
    gauge(
      "heddle_changes",
      "Changes, by state.",
      states.map((state) => [{ state }, records.filter((one) => one.state === state).length]),
    ),
    gauge("heddle_snapshot_timestamp_seconds", "When the current snapshot became so.", [
      [{ snapshot: factory.digest }, factory.takenAt / 1000],
    ]),
    ...figureMetrics(factory.costs.figures),
    ...rateMetrics(factory.rates()),
  ]);
}

const gauge = (
  name: string,
  help: string,
  rows: readonly (readonly [Readonly<Record<string, string>>, number])[],
): MetricFamily => ({ name, help, type: "gauge", metrics: rows.map(([labels, value]) => ({ labels, value })) });

import { many, rate } from "./format.ts";
import type { Change } from "./types.ts";

/** What was asked for, as a heading. */
export function titleOf({ intent }: Change): string {
  const { kind, name = "", hosts = [], guaranteedBps, devices = {}, workload, note } = intent;
  switch (kind) {
    case "tenant.create":
      return `Create tenant ${name} on ${many(hosts.length, "host")}${guaranteedBps === undefined ? "" : ` at ${rate(guaranteedBps)}`}`;
    case "tenant.resize":
      return `Resize tenant ${name} to ${many(hosts.length, "host")}`;
    case "tenant.delete":
      return `Remove tenant ${name}`;
    case "workload.start":
      return `Start ${workload?.name ?? "a job"} of ${workload?.tenant ?? "a tenant"}`;
    case "workload.end":
      return `End ${name}`;
    case "device.replace":
      return `Replace the configuration of ${Object.keys(devices).join(", ") || "devices"}${note ? `: ${note}` : ""}`;
    default:
      return kind;
  }
}

import type { DeviceConfig } from "#model/device-config.ts";
import type { Finding } from "#model/finding.ts";
import type { Twin } from "../twin.ts";
import { type CheckResult, verdict, whereOf } from "./result.ts";

/**
 * RoCE needs the same lossless class on every hop: both ends of a link pause the same priorities, a DSCP means the same
 * class everywhere, marking begins below its ceiling, and lossless buffers have headroom.
 *
 * Headroom is checked for presence only: its size depends on platform, speed and cable, which the configuration doesn't say.
 */
export function checkLossless(twin: Twin): CheckResult {
  const with_ = [...twin.devices.values()].filter((device) => hasPfc(device.config));
  if (with_.length === 0)
    return {
      check: {
        name: "lossless path",
        result: "not covered",
        fidelity: "not covered",
        detail: "no device configures priority flow control",
      },
      findings: [],
    };
  const findings = [...pauseFindings(twin), ...classFindings(twin), ...profileFindings(twin)];
  return verdict(
    "lossless path",
    findings,
    `${with_.length} devices pause the same priorities on both ends of every link`,
  );
}

const hasPfc = (config: DeviceConfig): boolean =>
  Object.values(config.qos?.interfaces ?? {}).some((each) => each.pfcPriorities.length > 0);

const pausesOf = (config: DeviceConfig | undefined, port: string): string | undefined => {
  if (config?.qos === undefined) return undefined;
  const lag = config.interfaces[port]?.lag;
  const found = config.qos.interfaces[port] ?? (lag === undefined ? undefined : config.qos.interfaces[lag]);
  return (found?.pfcPriorities ?? []).toSorted((a, b) => a - b).join(",");
};

function pauseFindings(twin: Twin): Finding[] {
  return twin.links.flatMap(({ link, up }): Finding[] => {
    const a = twin.devices.get(link.a.node);
    const b = twin.devices.get(link.b.node);
    if (!up || a === undefined || b === undefined) return [];
    const left = pausesOf(a.config, link.a.port) ?? "";
    const right = pausesOf(b.config, link.b.port) ?? "";
    if (left === right) return [];
    const say = (text: string): string => (text === "" ? "none" : text);
    return [
      {
        code: "twin.pfc-differs",
        severity: "error",
        message: `${link.a.node} ${link.a.port} pauses priorities ${say(left)}, ${link.b.node} ${link.b.port} pauses ${say(right)}.`,
        where: whereOf(link.a.node, link.a.port, a.span("qos", "interfaces", link.a.port)),
      },
    ];
  });
}

/** A DSCP that falls into a paused priority on one device must do so on all. */
function classFindings(twin: Twin): Finding[] {
  const meaning = new Map<string, { device: string; trafficClass: number }>();
  const findings: Finding[] = [];
  for (const device of twin.devices.values()) {
    const { qos } = device.config;
    if (qos === undefined || !hasPfc(device.config)) continue;
    const paused = new Set(Object.values(qos.interfaces).flatMap((each) => each.pfcPriorities));
    for (const table of Object.values(qos.dscpToTrafficClass))
      for (const [dscp, trafficClass] of Object.entries(table)) {
        if (!paused.has(trafficClass)) continue;
        const known = meaning.get(dscp);
        if (known === undefined) meaning.set(dscp, { device: device.name, trafficClass });
        else if (known.trafficClass !== trafficClass)
          findings.push({
            code: "twin.dscp-differs",
            severity: "error",
            message: `DSCP ${dscp} is lossless class ${trafficClass} on ${device.name} and ${known.trafficClass} on ${known.device}.`,
            where: whereOf(device.name, `dscp ${dscp}`, device.span("qos", "dscpToTrafficClass")),
          });
      }
  }
  return findings;
}

function profileFindings(twin: Twin): Finding[] {
  return [...twin.devices.values()].flatMap((device) => {
    const { qos } = device.config;
    if (qos === undefined) return [];
    const findings: Finding[] = [];
    const add = (code: string, message: string, ...path: string[]): void => {
      findings.push({
        code,
        severity: "warning",
        message,
        where: whereOf(device.name, path.join(" "), device.span("qos", ...path)),
      });
    };
    for (const [name, profile] of Object.entries(qos.ecnProfiles))
      if (profile.minThresholdBytes > profile.maxThresholdBytes)
        add(
          "twin.ecn-order",
          `ECN profile ${name} on ${device.name} begins marking at ${profile.minThresholdBytes} bytes, past its ceiling of ${profile.maxThresholdBytes}.`,
          "ecnProfiles",
          name,
        );
    for (const [port, binding] of Object.entries(qos.interfaces))
      for (const priority of binding.pfcPriorities) {
        const group = binding.priorityGroups[priority];
        const profile = group === undefined ? undefined : qos.bufferProfiles[group.bufferProfile];
        if (profile !== undefined && profile.headroomBytes === undefined && profile.xoffBytes === undefined)
          add(
            "twin.headroom-missing",
            `${device.name} ${port} pauses priority ${priority} from buffer ${group?.bufferProfile ?? ""}, which has no headroom: packets in flight are lost.`,
            "interfaces",
            port,
          );
      }
    return findings;
  });
}

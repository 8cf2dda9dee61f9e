import { deriveConfigs, tenantScope } from "#design/configs.ts";
import { driverFor } from "#drivers/index.ts";
import type { Driver } from "#drivers/driver.ts";
import type { Intent } from "#model/change.ts";
import type { DeviceConfig } from "#model/device-config.ts";
import { Failure } from "#model/failure.ts";
import type { Finding } from "#model/finding.ts";
import { sameValue } from "#model/same-value.ts";
import type { DeviceSource, Snapshot } from "#model/snapshot.ts";
import type { Tenant } from "#model/tenant.ts";
import { isSame } from "./device-step.ts";
import { namedLike } from "./file-names.ts";
import { parseSource } from "./parse.ts";
import { configReader } from "./prove.ts";

/** What a change makes of one device. */
export interface DeviceEdit {
  readonly device: string;
  readonly driver: Driver;
  /** What it runs. */
  readonly before: DeviceSource;
  readonly after: DeviceSource;
  readonly attached: number;
  readonly detached: number;
  readonly findings: readonly Finding[];
  /** The same in two transactions: networks and lists apart from the ports. Absent where that is no difference. */
  readonly half?: () => DeviceSource | undefined;
}

/**
 * The devices that an intent alters, with their texts before (as they run) and after (as rendered).
 *
 * @throws {Failure} conflict, when a device runs lines that Heddle did not write and the change would take away;
 * unsupported, when a vendor can't express it; not_found or invalid_input, for device texts that fit no device
 */
export function resolveEdits(
  world: Snapshot,
  intent: Intent,
  tenant: Tenant | undefined,
  target: Snapshot,
): DeviceEdit[] {
  switch (intent.kind) {
    case "workload.start":
    case "workload.end":
      return [];
    case "device.replace":
      return replacements(world, intent.devices);
    default:
      return tenantEdits(world, tenant, target);
  }
}

function replacements(world: Snapshot, devices: Readonly<Record<string, DeviceSource>>): DeviceEdit[] {
  return Object.entries(devices).flatMap(([device, after]): DeviceEdit[] => {
    const before = runningOf(world, device);
    if (before.nos !== after.nos) {
      throw new Failure(
        "invalid_input",
        `${device} runs ${before.nos}; a configuration of ${after.nos} can't be put on it.`,
      );
    }
    if (isSame(configReader, before, after)) return [];
    const findings = parseSource(after).findings.filter(({ severity }) => severity !== "info");
    return [{ device, driver: driverFor(after.nos), before, after, attached: 0, detached: 0, findings }];
  });
}

function runningOf(world: Snapshot, device: string): DeviceSource {
  const source = Object.hasOwn(world.devices, device) ? world.devices[device] : undefined;
  if (source === undefined) throw new Failure("not_found", `There is no device "${device.slice(0, 60)}".`);
  return source;
}

function tenantEdits(world: Snapshot, tenant: Tenant | undefined, target: Snapshot): DeviceEdit[] {
  const before = deriveConfigs(world.fabric, world.tenants);
  const after = deriveConfigs(target.fabric, target.tenants);
  const hosts = movingHosts(world.tenants, target.tenants);
  return Object.entries(after).flatMap(([device, wanted]): DeviceEdit[] => {
    const had = before[device];
    if (had === undefined || sameValue(had, wanted)) return [];
    return [tenantEdit(world, device, had, wanted, tenant, hosts)];
  });
}

interface Moving {
  readonly joining: ReadonlySet<string>;
  readonly leaving: ReadonlySet<string>;
}

function movingHosts(before: readonly Tenant[], after: readonly Tenant[]): Moving {
  const [was, becomes] = [before, after].map((tenants) => new Set(tenants.flatMap(({ hosts }) => hosts)));
  return {
    joining: new Set([...(becomes ?? [])].filter((host) => !was?.has(host))),
    leaving: new Set([...(was ?? [])].filter((host) => !becomes?.has(host))),
  };
}

function tenantEdit(
  world: Snapshot,
  device: string,
  had: DeviceConfig,
  wanted: DeviceConfig,
  tenant: Tenant | undefined,
  hosts: Moving,
): DeviceEdit {
  const running = runningOf(world, device);
  const driver = driverFor(had.nos);
  const drift = checkDrift(world, device, driver, had, running, tenant);
  const rendered = renderLike(driver, wanted, running);
  const moving = portsOf(world, device, hosts);
  return {
    device,
    driver,
    before: running,
    after: rendered.source,
    attached: moving.joining.length,
    detached: moving.leaving.length,
    findings: [...drift, ...rendered.findings, ...checkReading(device, wanted, rendered.source)],
    half: () => halfway(driver, running, had, wanted, moving),
  };
}

/** The text in the files that the device itself has, so that the two compare line by line. */
function renderLike(
  driver: Driver,
  config: DeviceConfig,
  running: DeviceSource,
): { source: DeviceSource; findings: readonly Finding[] } {
  const { files, findings } = driver.render(config);
  const missing = findings.filter(({ severity }) => severity === "error");
  if (missing.length > 0) {
    throw new Failure(
      "unsupported",
      `${config.hostname} (${driver.title}) can't express the change: ${missing[0]?.message ?? ""}`,
      {
        findings: missing,
      },
    );
  }
  return { source: { nos: driver.nos, files: namedLike(files, running.files) }, findings };
}

/** Lines of other than the tenant's that run but were not intended would be taken away without a word: refused. */
function checkDrift(
  world: Snapshot,
  device: string,
  driver: Driver,
  had: DeviceConfig,
  running: DeviceSource,
  tenant: Tenant | undefined,
): Finding[] {
  const intended = renderLike(driver, had, running).source;
  if (isSame(configReader, intended, running)) return [];
  const lines = driver.diff(intended.files, running.files).filter(({ op }) => op !== "context");
  const parts = tenant === undefined ? undefined : tenantScope(world.fabric, tenant, device);
  const unrelated = lines.filter((line) => parts === undefined || !driver.tenantLine(line, parts));
  const findings = lines.slice(0, 20).map((line): Finding => ({
    code: "reconcile.drift",
    severity: unrelated.includes(line) ? "error" : "warning",
    message: `${device} ${line.op === "add" ? "runs a line that was not intended" : "lacks an intended line"}: ${line.text.trim()}`,
    where: { kind: "device", device },
    remedy: "Put the device back, or plan a device.replace that makes it so.",
  }));
  if (unrelated.length === 0) return findings;
  throw new Failure(
    "conflict",
    `${device} runs ${unrelated.length} changed lines that have nothing to do with this change, such as "${unrelated[0]?.text.trim() ?? ""}". Settle its drift first.`,
    { findings },
  );
}

/** The proof stands on what the text says. Where that is not what was meant, somebody must look. */
function checkReading(device: string, wanted: DeviceConfig, source: DeviceSource): Finding[] {
  const read = parseSource(source).config;
  if (sameValue(read, wanted)) return [];
  const parts = Object.keys(wanted).filter(
    (part) => !sameValue(read[part as keyof DeviceConfig], wanted[part as keyof DeviceConfig]), // keys of a DeviceConfig
  );
  return [
    {
      code: "reconcile.round-trip",
      severity: "warning",
      message: `The text for ${device} says something else than was meant in: ${parts.join(", ")}. What it says was proved.`,
      where: { kind: "device", device },
    },
  ];
}

interface Ports {
  readonly joining: readonly string[];
  readonly leaving: readonly string[];
}

function portsOf({ fabric }: Snapshot, device: string, { joining, leaving }: Moving): Ports {
  const ends = fabric.links.flatMap(({ a, b }) =>
    a.node === device ? [{ port: a.port, host: b.node }] : b.node === device ? [{ port: b.port, host: a.node }] : [],
  );
  const of = (hosts: ReadonlySet<string>) => ends.filter(({ host }) => hosts.has(host)).map(({ port }) => port);
  return { joining: of(joining), leaving: of(leaving) };
}

/**
 * The state between two transactions: everything as it will be, but ports that join still outside; where ports only
 * leave, everything as it was with those ports out.
 */
function halfway(
  driver: Driver,
  running: DeviceSource,
  had: DeviceConfig,
  wanted: DeviceConfig,
  { joining, leaving }: Ports,
): DeviceSource | undefined {
  const [frame, ports, other] = joining.length > 0 ? [wanted, joining, had] : [had, leaving, wanted];
  const moved = Object.fromEntries(
    ports.flatMap((port) => {
      const its = other.interfaces[port];
      return its === undefined ? [] : [[port, its] as const];
    }),
  );
  const middle: DeviceConfig = { ...frame, interfaces: { ...frame.interfaces, ...moved } };
  if (sameValue(middle, had) || sameValue(middle, wanted)) return undefined;
  return renderLike(driver, middle, running).source;
}

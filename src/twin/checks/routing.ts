import type { Finding } from "#model/finding.ts";
import { l2ServicesOf, l3ServicesOf, mainRouterId } from "../core/evpn.ts";
import { importMatch } from "../route-targets.ts";
import type { Device } from "../core/device.ts";
import type { Twin } from "../twin.ts";
import { type CheckResult, verdict, whereOf } from "./result.ts";

export function checkSessions(twin: Twin): CheckResult {
  const wanted = twin.sessions.filter((session) => !session.reason.startsWith("shut down"));
  // A network that Heddle designed is known whole; of any other, what was given may be a part.
  const partial = twin.snapshot.fabric.plan === undefined;
  const findings = wanted
    .filter((session) => session.state === "down")
    .map((session): Finding => {
      const where = whereOf(session.device, `neighbor ${session.neighbor}`, session.span);
      const what = `BGP on ${session.device} to ${session.neighbor} (${session.networkInstance})`;
      if (session.undetermined === "not covered")
        return { code: "twin.session-not-covered", severity: "info", message: `${what}: ${session.reason}.`, where };
      return partial && session.undetermined !== undefined
        ? {
            code: "twin.peer-not-given",
            severity: "info",
            message: `${what} leads out of what was given: ${session.reason}.`,
            where,
            remedy:
              "Give the peer's configuration, or the cabling (DOT, CSV, containerlab, DSX Air), to have it computed.",
          }
        : { code: "twin.session-down", severity: "error", message: `${what} stays down: ${session.reason}.`, where };
    });
  const { check } = verdict("BGP sessions", findings, `${wanted.length} of ${wanted.length} established`);
  const outside = findings.filter((each) => each.severity === "info").length;
  if (outside === 0 || check.result === "fail") return { check, findings };
  const detail = `${wanted.length - outside} of ${wanted.length} established; ${outside} lead out of what was given or can't be computed`;
  return { check: { name: check.name, result: "not covered", fidelity: "not covered", detail }, findings };
}

/** Fewer equal paths in use than there are: a multipath setting halves the capacity without breaking anything. */
export function checkMultipath(twin: Twin): CheckResult {
  const seen = new Map<string, Finding>();
  let widest = 0;
  for (const { result } of twin.control.unicast)
    for (const slot of result.slots.values()) {
      const [best] = slot.paths;
      const table = twin.control.graph.byId.get(slot.table);
      if (best === undefined || best.source !== "session" || table?.family !== "ipv4-unicast") continue;
      widest = Math.max(widest, slot.paths.length);
      const equal = slot.candidates.filter(
        (path) =>
          path.source === "session" &&
          path.ebgp === best.ebgp &&
          path.weight === best.weight &&
          path.igpCost === best.igpCost &&
          path.attributes.localPref === best.attributes.localPref &&
          path.attributes.origin === best.attributes.origin &&
          path.attributes.asPath.length === best.attributes.asPath.length,
      );
      if (!best.ebgp || equal.length <= slot.paths.length) continue;
      const key = `${table.device.name} ${table.speaker.instance}`;
      if (seen.has(key)) continue;
      seen.set(key, {
        code: "twin.ecmp-narrow",
        severity: "warning",
        message: `${table.device.name} uses ${slot.paths.length} of ${equal.length} equal eBGP paths in ${table.speaker.instance}.`,
        where: whereOf(table.device.name, "bgp", table.device.span("networkInstances", table.speaker.instance, "bgp")),
        remedy: "Raise maximum-paths, and let paths of different AS sequences share load (multipath-relax).",
      });
    }
  return verdict("ECMP width", [...seen.values()], `every table uses all its equal paths, up to ${widest}`);
}

/** Who exports what nobody imports, and who imports from one side only. */
export function checkRouteTargets(twin: Twin): CheckResult {
  const { graph } = twin.control;
  const services = [...twin.devices.values()].flatMap((device) => {
    const routerId = mainRouterId(graph, device);
    if (routerId === 0) return [];
    return [
      ...l2ServicesOf(device, routerId, twin.registry).map((each) => ({
        device,
        kind: "VNI",
        name: `${each.vni}`,
        targets: each.targets,
        at: ["macVrfs", each.macVrf, "evpn"],
      })),
      ...[...l3ServicesOf(device, routerId, twin.registry)].map(([instance, each]) => ({
        device,
        kind: "VRF",
        name: instance,
        targets: each.targets,
        at: ["networkInstances", instance, "evpn"],
      })),
    ];
  });
  const findings: Finding[] = [];
  const byName = Map.groupBy(services, (each) => `${each.kind} ${each.name}`);
  const takes = (a: (typeof services)[number], b: typeof a): boolean =>
    importMatch(
      a.targets.imports,
      b.targets.exports.map((rt) => `target:${rt}`),
    ) !== undefined;
  for (const [name, members] of byName)
    for (const one of members) {
      const first = members.find((other) => other !== one && !takes(one, other) && takes(other, one));
      if (first !== undefined)
        findings.push({
          code: "twin.route-target-one-sided",
          severity: "error",
          message: `${one.device.name} imports ${one.targets.imports.join(", ") || "nothing"} for ${name}, which doesn't take what ${first.device.name} exports (${first.targets.exports.join(", ")}); the other way round it does.`,
          where: whereOf(one.device.name, name, one.device.span(...one.at)),
        });
    }
  for (const [name, members] of byName)
    for (const one of members) {
      const others = members.filter((other) => other !== one);
      const alone = !others.some((other) => takes(one, other) || takes(other, one));
      // One VNI is one network, whoever else has it; of VRFs of one name that is so where the others agree.
      const agreed =
        one.kind === "VNI" ? others.length > 0 : others.some((a) => others.some((b) => a !== b && takes(a, b)));
      if (!alone || !agreed) continue;
      findings.push({
        code: "twin.route-target-alone",
        severity: "warning",
        message: `${one.device.name} takes and gives no routes of ${name} (imports ${one.targets.imports.join(", ") || "nothing"}, exports ${one.targets.exports.join(", ") || "nothing"}), which ${others.length} other devices exchange.`,
        where: whereOf(one.device.name, name, one.device.span(...one.at)),
        remedy: `Use their route target, ${others[0]?.targets.exports.join(", ") ?? ""}, if it is the same network.`,
      });
    }
  findings.push(...missingVnis(twin));
  for (const one of services) {
    if (one.kind !== "VRF") continue;
    const foreign = services.find((other) => other.kind === "VRF" && other.name !== one.name && takes(one, other));
    if (foreign !== undefined)
      findings.push({
        code: "twin.route-target-crosses",
        severity: "warning",
        message: `VRF ${one.name} on ${one.device.name} imports what VRF ${foreign.name} on ${foreign.device.name} exports.`,
        where: whereOf(one.device.name, one.name, one.device.span(...one.at, "importRouteTargets")),
        remedy: "Unless the two are meant to share routes, take the route target out of the import list.",
      });
  }
  return verdict("EVPN route targets", findings, `${services.length} services import what their namesakes export`);
}

/** VLANs and VRFs that other tunnel end points stretch and this one, which has the same, doesn't. */
function missingVnis(twin: Twin): Finding[] {
  const vteps = [...twin.devices.values()].filter((device) => device.config.vxlan !== undefined);
  const vlans = new Map<number, { readonly device: string; readonly vni: number }>();
  const vrfs = new Map<string, { readonly device: string; readonly vni: number }>();
  for (const { name: device, config } of vteps) {
    for (const { vlanId, vni } of Object.values(config.bridgeDomains))
      if (vlanId !== undefined && vni !== undefined) vlans.set(vlanId, { device, vni });
    for (const [name, { evpn }] of Object.entries(config.networkInstances))
      if (evpn !== undefined) vrfs.set(name, { device, vni: evpn.vni });
  }
  const missing = (device: Device, what: string, known: { device: string; vni: number }, path: string[]): Finding => ({
    code: "twin.vni-missing",
    severity: "warning",
    message: `${what} has no VNI on ${device.name}; on ${known.device} it has ${known.vni}. It stays local there.`,
    where: whereOf(device.name, what, device.span(...path)),
    remedy: "Map it to the VNI, unless it is another network that happens to have the same name.",
  });
  return vteps.flatMap((device) => [
    ...Object.entries(device.config.bridgeDomains).flatMap(([name, { vlanId, vni }]) => {
      const known = vlanId === undefined || vni !== undefined ? undefined : vlans.get(vlanId);
      // Of those that route nothing and carry nothing there is nothing to stretch.
      const used = Object.values(device.config.interfaces).some((port) => port.bridgeDomain === name);
      return known === undefined || !used ? [] : [missing(device, `VLAN ${vlanId}`, known, ["bridgeDomains", name])];
    }),
    ...Object.entries(device.config.networkInstances).flatMap(([name, { evpn, kind }]) => {
      const known = kind !== "ipVrf" || evpn !== undefined ? undefined : vrfs.get(name);
      return known === undefined ? [] : [missing(device, `VRF ${name}`, known, ["networkInstances", name])];
    }),
  ]);
}

/** Filters that are bound but not there, and kinds of filter that are not computed. */
export function checkFilters(twin: Twin): CheckResult {
  const findings: Finding[] = [];
  let bound = 0;
  for (const device of twin.devices.values())
    for (const [name, port] of Object.entries(device.config.interfaces))
      for (const [side, acl] of [
        ["aclIn", port.aclIn],
        ["aclOut", port.aclOut],
      ] as const) {
        if (acl === undefined) continue;
        bound++;
        const list = Object.hasOwn(device.config.acls, acl) ? device.config.acls[acl] : undefined;
        const where = whereOf(device.name, name, device.span("interfaces", name, side));
        if (list === undefined)
          findings.push({
            code: "twin.acl-missing",
            severity: "error",
            message: `${device.name} ${name} is filtered by ${acl}, which is not defined: everything passes.`,
            where,
          });
        else if (list.family !== "ipv4")
          findings.push({
            code: "twin.acl-not-computed",
            severity: "info",
            message: `${device.name} ${name} has the ${list.family} list ${acl}, which is not computed: packets are taken to pass.`,
            where,
          });
      }
  return verdict("packet filters", findings, `${bound} bound, all defined and computed`);
}

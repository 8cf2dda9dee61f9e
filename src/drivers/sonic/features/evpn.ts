import type { AfiSafi } from "#model/bgp.ts";
import type { DeviceConfig, EvpnInstance } from "#model/device-config.ts";
import { parseVni } from "#net/asn.ts";
import type { VrfEvpn } from "../../syntax/frr/config.ts";
import type { ConfigDb, Row } from "../config-db.ts";
import type { EvpnTargets } from "../../syntax/frr/evpn.ts";
import type { Draft } from "../draft.ts";
import { afiSafiFromSonic, isReversibleVrf, vrfFromSonic, vrfToSonic } from "../names.ts";
import { onlyTrue, truth, type Tables } from "../tables.ts";

type VrfTargets = EvpnTargets & Pick<VrfEvpn, "advertise">;

const family = "l2vpn_evpn";
const isEvpn = (text: string | undefined): boolean => afiSafiFromSonic(text ?? "") === "l2vpn-evpn";

/**
 * EVPN as frrcfgd makes it: `BGP_GLOBALS_AF|default|l2vpn_evpn` announces all VNIs, the same row of a VRF is its
 * layer-3 service, `BGP_GLOBALS_EVPN_VNI` names a VNI's own distinguisher and targets.
 *
 * @source sonic-buildimage src/sonic-frr-mgmt-framework/templates/bgpd/bgpd.conf.db.addr_family.evpn.j2
 */
export function readEvpn(db: ConfigDb, draft: Draft): void {
  const services = new Map<string, VrfTargets>();
  for (const row of db.rows("BGP_GLOBALS_AF")) {
    const [vrf = ""] = row.parts;
    if (row.parts.length !== 2 || !isEvpn(row.parts[1])) continue;
    row.ignore(
      [
        "advertise-svi-ip",
        "advertise-default-gw",
        "dad-enabled",
        "dad-max-moves",
        "dad-time",
        "dad-freeze",
        "flooding",
      ],
      "what hosts see of each other stays the same",
    );
    if (vrf === "default") draft.advertiseAllVni = row.flag("advertise-all-vni") === true;
    else {
      services.set(vrf, readService(row));
      draft.mark(row.span, "networkInstances", vrfFromSonic(vrf), "evpn");
    }
  }
  for (const row of db.rows("BGP_GLOBALS_EVPN_RT")) {
    const service = services.get(row.parts[0] ?? "");
    const target = row.parts[2];
    if (service === undefined || target === undefined || row.parts.length !== 3) continue;
    addTarget(service, row.use(), target);
  }
  for (const [vrf, service] of services) draft.instance(vrfFromSonic(vrf)).evpn = service;
  readVnis(db, draft);
}

function readService(row: Row): VrfTargets {
  const advertise: { afiSafi: AfiSafi }[] = [];
  if (row.flag("advertise-ipv4-unicast") === true) advertise.push({ afiSafi: "ipv4-unicast" });
  if (row.flag("advertise-ipv6-unicast") === true) advertise.push({ afiSafi: "ipv6-unicast" });
  return { ...readTargets(row), advertise };
}

function readTargets(row: Row): EvpnTargets {
  const routeDistinguisher = row.text("route-distinguisher") ?? row.text("evpn_rd");
  const imports = row.list("import-rts");
  const exports = row.list("export-rts");
  return {
    ...(routeDistinguisher === undefined ? {} : { routeDistinguisher }),
    ...(imports === undefined ? {} : { importRouteTargets: imports }),
    ...(exports === undefined ? {} : { exportRouteTargets: exports }),
  };
}

function addTarget(into: EvpnTargets, row: Row, target: string): void {
  const way = row.text("route-target-type");
  if (way === "import" || way === "both") (into.importRouteTargets ??= []).push(target);
  if (way === "export" || way === "both") (into.exportRouteTargets ??= []).push(target);
  if (way !== "import" && way !== "export" && way !== "both") row.refuse("route-target-type");
}

function readVnis(db: ConfigDb, draft: Draft): void {
  const own = new Map<number, EvpnTargets>();
  const vniOf = (row: Row, parts: number): number | undefined =>
    row.parts.length === parts && row.parts[0] === "default" && isEvpn(row.parts[1])
      ? parseVni(row.parts[2] ?? "")
      : undefined;
  const mark = (row: Row, vni: number): void => {
    for (const [name, domain] of draft.bridgeDomains)
      if (domain.vni === vni)
        for (const field of ["", "importRouteTargets", "exportRouteTargets"])
          draft.mark(row.span, "macVrfs", name, ...(field === "" ? [] : ["evpn", field]));
  };
  for (const row of db.rows("BGP_GLOBALS_EVPN_VNI")) {
    const vni = vniOf(row, 3);
    if (vni === undefined) continue;
    row.use();
    row.ignore(["advertise-default-gw", "advertise-svi-ip"], "what hosts see of each other stays the same");
    own.set(vni, readTargets(row));
    mark(row, vni);
  }
  for (const row of db.rows("BGP_GLOBALS_EVPN_VNI_RT")) {
    const vni = vniOf(row, 4);
    const target = row.parts[3];
    if (vni === undefined || target === undefined) continue;
    const into = own.get(vni) ?? {};
    own.set(vni, into);
    addTarget(into, row.use(), target);
    mark(row, vni);
  }
  for (const [vni, instance] of own) draft.macVrfEvpn.set(vni, instance);
}

export function writeEvpn(config: DeviceConfig, out: Tables): void {
  const overlay = Object.values(config.bridgeDomains).some((domain) => domain.vni !== undefined);
  const session = config.networkInstances["default"]?.bgp?.afiSafis["l2vpn-evpn"];
  if (session?.enabled === true) out.put("BGP_GLOBALS_AF", ["default", family], { "advertise-all-vni": truth(true) });
  else if (overlay || Object.keys(config.macVrfs).length > 0)
    out.cannot(
      "no-evpn",
      ["macVrfs"],
      "VNIs are mapped but BGP has no EVPN: SONiC reaches no other VTEP without it.",
      "error",
    );
  for (const [name, { service, bridgeDomains, evpn }] of Object.entries(config.macVrfs)) {
    const vni = config.bridgeDomains[name]?.vni;
    if (service !== "vlan-based" || bridgeDomains.length !== 1 || bridgeDomains[0] !== name || vni === undefined) {
      out.cannot(
        "unsupported",
        ["macVrfs", name],
        "SONiC has one EVPN service for each VLAN that has a VNI, called by its number.",
        "error",
      );
      continue;
    }
    if (Object.keys(evpn).length > 0) out.put("BGP_GLOBALS_EVPN_VNI", ["default", family, vni], targetsOf(evpn));
  }
  for (const [name, domain] of Object.entries(config.bridgeDomains))
    if (domain.vni !== undefined && !Object.hasOwn(config.macVrfs, name) && session?.enabled === true)
      out.cannot(
        "implied-service",
        ["bridgeDomains", name, "vni"],
        `SONiC announces every VNI by EVPN: VLAN ${name} will be too.`,
      );
  for (const [name, instance] of Object.entries(config.networkInstances)) {
    const { evpn } = instance;
    if (evpn === undefined || name === "default" || !isReversibleVrf(name)) continue;
    const says =
      evpn.advertise.length > 0 || Object.keys(targetsOf(evpn)).some((field) => targetsOf(evpn)[field] !== undefined);
    if (!says) continue;
    if (instance.bgp === undefined)
      out.cannot(
        "no-evpn",
        ["networkInstances", name, "evpn"],
        `VRF ${name} needs a BGP of its own for its EVPN service.`,
        "error",
      );
    for (const [index, { policy }] of evpn.advertise.entries())
      if (policy !== undefined)
        out.cannot(
          "unsupported",
          ["networkInstances", name, "evpn", "advertise", index, "policy"],
          "SONiC announces type-5 routes without a policy.",
          "error",
        );
    const sends = (afiSafi: AfiSafi): boolean => evpn.advertise.some((one) => one.afiSafi === afiSafi);
    out.put("BGP_GLOBALS_AF", [vrfToSonic(name), family], {
      "advertise-ipv4-unicast": onlyTrue(sends("ipv4-unicast")),
      "advertise-ipv6-unicast": onlyTrue(sends("ipv6-unicast")),
      ...targetsOf(evpn),
    });
  }
}

const targetsOf = (evpn: EvpnInstance): Readonly<Record<string, string | readonly string[] | undefined>> => ({
  "route-distinguisher": evpn.routeDistinguisher,
  "import-rts": evpn.importRouteTargets,
  "export-rts": evpn.exportRouteTargets,
});

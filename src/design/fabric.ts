import { asn } from "#net/asn.ts";
import { prefixCovers, prefixLength, type IpPrefix } from "#net/ip.ts";
import { parseMac, type MacAddress } from "#net/mac.ts";
import type { AddressPlan } from "#model/address-plan.ts";
import type { Fabric } from "#model/fabric.ts";
import type { Finding } from "#model/finding.ts";
import { designFinding, type Design } from "./design.ts";
import { addComputeFabric, addGpuHosts } from "./topology/compute.ts";
import { newDraft } from "./topology/draft.ts";
import { addFrontEnd, addStorageHosts, firstHostOffset } from "./topology/front-end.ts";
import { addManagementHosts, addOutOfBand } from "./topology/out-of-band.ts";

// In the range that Cumulus sets aside for anycast gateways. @source Cumulus Linux user guide, VRR: 00:00:5E:00:01:00-FF.
const anycastGatewayMac = parseMac("00:00:5e:00:01:01") as MacAddress; // a literal that parses

/** The pools and ranges of a design as its fabric keeps them. */
export function derivePlan(design: Design): AddressPlan {
  // Gateways below, leaves' own addresses above, and one address for every host of the factory.
  const room = design.computeFabric.hosts + firstHostOffset + 64;
  return {
    underlay: design.computeFabric.underlay,
    routeTargetAs: asn(design.asn.routeTarget),
    anycastGatewayMac,
    pools: design.addressing,
    tenantPrefixLength: Math.min(24, 32 - Math.ceil(Math.log2(room))),
    ranges: { computeVnis: design.vni.compute, frontEndVnis: design.vni.frontEnd, frontEndVlans: design.vlan.frontEnd },
    frontEndVrf: { name: "frontend", vni: design.vni.frontEndVrf },
    storageNetwork: { vlan: design.vlan.storage, vni: design.vni.storage },
    outOfBandVlan: design.vlan.outOfBand,
  };
}

/**
 * Everything physical that a design asks for, with names, seats, ports, cables and addresses.
 *
 * Never throws on a design that cannot be built: what doesn't fit is a finding with its figures, and the fabric holds
 * what does fit.
 */
export function buildFabric(design: Design): { readonly fabric: Fabric; readonly findings: Finding[] } {
  const plan = derivePlan(design);
  const draft = newDraft(design, plan);
  addGpuHosts(draft);
  addStorageHosts(draft);
  addManagementHosts(draft);
  addComputeFabric(draft);
  addFrontEnd(draft);
  addOutOfBand(draft);
  const fabric: Fabric = {
    name: design.name,
    sites: [{ name: design.site.name, ...(design.site.region === undefined ? {} : { region: design.site.region }) }],
    racks: draft.racks,
    switches: { ...draft.switches },
    hosts: { ...draft.hosts },
    nvlinkDomains: draft.nvlinkDomains,
    links: draft.links,
    plan,
  };
  return { fabric, findings: [...checkPools(design, plan), ...draft.findings] };
}

function checkPools(design: Design, plan: AddressPlan): Finding[] {
  const findings: Finding[] = [];
  const pools = Object.entries(plan.pools) as [keyof AddressPlan["pools"], IpPrefix][]; // the keys of a closed type
  for (const [index, [name, one]] of pools.entries()) {
    for (const [other, two] of pools.slice(index + 1)) {
      if (name === "frontEnd" && other === "storage" && prefixCovers(one, two) && prefixLength(two) > prefixLength(one))
        continue;
      if (prefixCovers(one, two) || prefixCovers(two, one))
        findings.push(
          designFinding(
            design,
            "pools-overlap",
            ["addressing", other],
            `The pools ${name} (${one}) and ${other} (${two}) overlap.`,
            "Give them prefixes of their own.",
          ),
        );
    }
  }
  if (prefixLength(plan.pools.frontEnd) > plan.tenantPrefixLength)
    findings.push(
      designFinding(
        design,
        "pool-exhausted",
        ["addressing", "frontEnd"],
        `One tenant needs a /${plan.tenantPrefixLength}, and the pool frontEnd is ${plan.pools.frontEnd}.`,
        "Give a shorter prefix.",
      ),
    );
  const spans = [
    ["compute", plan.ranges.computeVnis],
    ["frontEnd", plan.ranges.frontEndVnis],
    ["frontEndVrf", { from: plan.frontEndVrf.vni, to: plan.frontEndVrf.vni }],
    ["storage", { from: plan.storageNetwork.vni, to: plan.storageNetwork.vni }],
  ] as const;
  for (const [index, [name, one]] of spans.entries())
    for (const [other, two] of spans.slice(index + 1))
      if (one.from <= two.to && two.from <= one.to)
        findings.push(
          designFinding(
            design,
            "vnis-overlap",
            ["vni", other],
            `The VNIs of ${name} and ${other} overlap.`,
            "Give them ranges of their own.",
          ),
        );
  return findings;
}

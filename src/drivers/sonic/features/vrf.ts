import type { DeviceConfig } from "#model/device-config.ts";
import { parseVni } from "#net/asn.ts";
import type { ConfigDb } from "../config-db.ts";
import type { Draft } from "../draft.ts";
import { isReversibleVrf, managementVrf, vrfFromSonic, vrfToSonic } from "../names.ts";
import { truth, type Tables } from "../tables.ts";

/** `VRF` with its layer-3 VNI (0 is none), and the management VRF's switch. @source sonic-yang-models sonic-vrf.yang */
export function readVrfs(db: ConfigDb, draft: Draft): void {
  for (const row of db.rows("VRF")) {
    row.use();
    const name = vrfFromSonic(row.key);
    const instance = draft.instance(name);
    draft.mark(row.span, "networkInstances", name);
    const text = row.text("vni");
    const vni = text === undefined || text === "0" ? undefined : parseVni(text);
    if (text !== undefined && text !== "0" && vni === undefined) row.refuse("vni");
    if (vni !== undefined) {
      instance.vni = vni;
      draft.mark(row.span, "networkInstances", name, "evpn");
    }
    row.ignore(["fallback", "ip_learning"], "deprecated; has no part in forwarding as modelled");
    row.ignore(
      ["src_mac", "l3_mc_action", "ttl_action", "v4", "v6", "ip_opt_action"],
      "has no part in forwarding as modelled",
    );
  }
  for (const row of db.rows("MGMT_VRF_CONFIG")) {
    row.use();
    const on = row.flag("mgmtVrfEnabled");
    row.ignore(["in_band_mgmt_enabled"], "management traffic only");
    if (on !== true) continue;
    draft.instance(managementVrf);
    draft.mark(row.span, "networkInstances", managementVrf);
    for (const port of draft.interfaces.values()) if (port.kind === "management") port.networkInstance = managementVrf;
  }
}

export function writeVrfs(config: DeviceConfig, out: Tables): void {
  for (const [name, instance] of Object.entries(config.networkInstances)) {
    if (!instance.ipForwarding)
      out.cannot("unsupported", ["networkInstances", name, "ipForwarding"], "SONiC always routes.");
    if (instance.description !== undefined)
      out.cannot("unsupported", ["networkInstances", name, "description"], "A SONiC VRF has no description.", "info");
    if (name === "default") {
      if (instance.evpn !== undefined)
        out.cannot(
          "unsupported",
          ["networkInstances", name, "evpn"],
          "SONiC has layer-3 EVPN services in VRFs only.",
          "error",
        );
      continue;
    }
    if (name === managementVrf) {
      out.put("MGMT_VRF_CONFIG", ["vrf_global"], { mgmtVrfEnabled: truth(true) });
      continue;
    }
    if (!isReversibleVrf(name)) {
      out.cannot(
        "vrf-name",
        ["networkInstances", name],
        `SONiC would have to call VRF ${name} "${vrfToSonic(name)}", which it cannot: letters, digits, - and _, 15 characters at most.`,
        "error",
      );
      continue;
    }
    out.put("VRF", [vrfToSonic(name)], { vni: instance.evpn === undefined ? undefined : String(instance.evpn.vni) });
  }
}

import type { DeviceConfig } from "#model/device-config.ts";
import type { Tables } from "../tables.ts";

/**
 * OSPF is read from `frr.conf` only. frrcfgd knows `OSPFV2_ROUTER` and its kin, but community SONiC has no YANG model for
 * them, and the configuration updater refuses tables without one.
 *
 * @source sonic-buildimage src/sonic-yang-models/yang-models (no sonic-ospf*.yang); sonic-utilities
 *   generic_config_updater/gu_common.py (tables without YANG models)
 */
export const ospfUnsupported = "community SONiC has no YANG model for its OSPF tables, so that gNMI Set refuses them";

export function writeOspf(config: DeviceConfig, out: Tables): void {
  for (const [name, instance] of Object.entries(config.networkInstances))
    if (instance.ospf !== undefined)
      out.cannot(
        "unsupported",
        ["networkInstances", name, "ospf"],
        `OSPF is not written: ${ospfUnsupported}.`,
        "error",
      );
}

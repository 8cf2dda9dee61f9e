import type { DeviceConfig } from "#model/device-config.ts";
import type { Finding } from "#model/finding.ts";
import type { SourceFile } from "#model/source.ts";
import { writeAcls } from "./features/acl.ts";
import { writeBgp } from "./features/bgp.ts";
import { writeEvpn } from "./features/evpn.ts";
import { writeInterfaces } from "./features/interfaces.ts";
import { writeLags } from "./features/lag.ts";
import { writeMlag } from "./features/mlag.ts";
import { writeOspf } from "./features/ospf.ts";
import { writeQos } from "./features/qos.ts";
import { writeRoutingPolicy } from "./features/routing-policy.ts";
import { writeStaticRoutes } from "./features/static-routes.ts";
import { writeSystem } from "./features/system.ts";
import { writeVlans } from "./features/vlans.ts";
import { writeVrfs } from "./features/vrf.ts";
import { writeVxlan } from "./features/vxlan.ts";
import { formatTables, Tables } from "./tables.ts";

export const configDbPath = "config_db.json";

const writers = [
  writeSystem,
  writeInterfaces,
  writeLags,
  writeVlans,
  writeVrfs,
  writeVxlan,
  writeMlag,
  writeAcls,
  writeQos,
  writeRoutingPolicy,
  writeStaticRoutes,
  writeBgp,
  writeEvpn,
  writeOspf,
] as const;

/** Everything in ConfigDB, BGP too: see `sonic.md` for why there is no `frr.conf`. */
export function renderSonic(config: DeviceConfig): {
  readonly files: readonly SourceFile[];
  readonly findings: readonly Finding[];
} {
  const out = new Tables();
  for (const write of writers) write(config, out);
  return { files: [{ path: configDbPath, text: formatTables(out.data) }], findings: out.findings };
}

import type { Fabric, Host, Link, Switch } from "#model/fabric.ts";
import type { Tenant } from "#model/tenant.ts";

const G = 1e9;

export interface SmallFabric {
  readonly hosts: number;
  readonly gpusPerHost: number;
  /** One leaf per rail and group of hosts; as many rails as GPUs. */
  readonly hostsPerUnit: number;
  readonly spines: number;
  readonly uplinksPerSpine?: number;
}

/** A rail-optimised compute fabric: host `h1` … has NIC `rail1` … at leaf `u1-r1` …, all leaves at all spines, 400G. */
export function smallFabric(size: SmallFabric): Fabric {
  const hosts: Record<string, Host> = {};
  const switches: Record<string, Switch> = {};
  const links: Link[] = [];
  const device = (name: string, role: "leaf" | "spine", model: string) => {
    switches[name] = { name, fabric: "computeFabric", role, nos: "eos", model };
  };
  for (let spine = 1; spine <= size.spines; spine++) device(`spine${spine}`, "spine", "spine-model");
  for (let index = 0; index < size.hosts; index++) {
    const name = `h${index + 1}`;
    const unit = Math.floor(index / size.hostsPerUnit) + 1;
    const rails = Array.from({ length: size.gpusPerHost }, (_, rail) => rail);
    hosts[name] = {
      name,
      role: "gpu",
      model: "server",
      scalableUnit: unit,
      gpus: rails.map((rail) => ({ index: rail, model: "h100" })),
      nics: rails.map((rail) => ({
        name: `rail${rail + 1}`,
        purpose: "computeFabric",
        model: "nic",
        speedBps: 400 * G,
        rail: rail + 1,
        gpu: rail,
      })),
    };
    for (const rail of rails) {
      const leaf = `u${unit}-r${rail + 1}`;
      if (!Object.hasOwn(switches, leaf)) {
        device(leaf, "leaf", "leaf-model");
        for (let spine = 1; spine <= size.spines; spine++)
          for (let way = 0; way < (size.uplinksPerSpine ?? 1); way++)
            links.push({
              a: { node: leaf, port: `up${spine}.${way}` },
              b: { node: `spine${spine}`, port: `${leaf}.${way}` },
              speedBps: 400 * G,
              fabric: "computeFabric",
              cable: { kind: "aoc", lengthMetres: 10 },
            });
      }
      links.push({
        a: { node: name, port: `rail${rail + 1}` },
        b: { node: leaf, port: name },
        speedBps: 400 * G,
        fabric: "computeFabric",
        cable: { kind: "aoc", lengthMetres: 5 },
      });
    }
  }
  return { name: "small", sites: [], racks: [], switches, hosts, nvlinkDomains: [], links };
}

export const tenantOf = (name: string, hosts: readonly string[], guaranteedBps = 400 * G): Tenant => ({
  name,
  hosts,
  guaranteedBps,
  // Branded numbers of the wire are not looked at by anything that counts money.
  networks: { compute: { vrf: name, vni: 1 as Tenant["networks"]["compute"]["vni"] } },
});

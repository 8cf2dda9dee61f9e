import type { Endpoint } from "#model/endpoint.ts";
import { linkId, type Fabric } from "#model/fabric.ts";
import type { Tenant } from "#model/tenant.ts";
import type { InferenceService, TrainingJob } from "#model/workload.ts";
import type { EndpointPath, LoadNetwork } from "#twin/load-network.ts";

/** A two-tier fabric as a network with every equal-cost path over links that are up. */
export function networkOf(fabric: Fabric, tenants: readonly Tenant[]): LoadNetwork {
  const owner = new Map(tenants.flatMap((tenant) => tenant.hosts.map((host) => [host, tenant.name] as const)));
  const endpoints: Endpoint[] = [];
  const between = new Map<string, string[]>();
  const up = new Map<string, string[]>();
  for (const link of fabric.links) {
    if (link.down === true) continue;
    const [low, high] = [link.a.node, link.b.node];
    between.set(`${low}|${high}`, [...(between.get(`${low}|${high}`) ?? []), linkId(link)]);
    if (Object.hasOwn(fabric.hosts, low)) {
      const tenant = owner.get(low);
      endpoints.push({
        id: `${low}/${link.a.port}`,
        host: low,
        nic: link.a.port,
        owner: tenant === undefined ? { kind: "zone", zone: "unassigned" } : { kind: "tenant", tenant },
        device: high,
        interface: link.b.port,
      });
    } else if (!(up.get(low) ?? []).includes(high)) up.set(low, [...(up.get(low) ?? []), high]);
  }
  const place = new Map(endpoints.map((one) => [one.id, one]));
  const paths = (from: string, to: string): EndpointPath[] => {
    const [x, y] = [place.get(from), place.get(to)];
    if (x === undefined || y === undefined) return [];
    const first = `${between.get(`${x.host}|${x.device}`)?.[0]}:${x.host}>${x.device}`;
    const last = `${between.get(`${y.host}|${y.device}`)?.[0]}:${y.device}>${y.host}`;
    if (x.device === y.device) return [{ share: 1, links: [first, last], devices: [x.device] }];
    const ways = (up.get(x.device) ?? []).flatMap((spine) =>
      (between.get(`${x.device}|${spine}`) ?? []).flatMap((rise) =>
        (between.get(`${y.device}|${spine}`) ?? []).map((fall) => ({
          links: [first, `${rise}:${x.device}>${spine}`, `${fall}:${spine}>${y.device}`, last],
          devices: [x.device, spine, y.device],
        })),
      ),
    );
    return ways.map(({ links, devices }) => ({ links, devices, share: 1 / ways.length }));
  };
  return { fabric, endpoints, paths };
}

const model = { name: "llm-70b", parameters: 70e9, bytesPerParameter: 2, layers: 80, hiddenSize: 8192 };

export const trainingJob = (
  name: string,
  tenant: string,
  hosts: readonly string[],
  more: Partial<TrainingJob> = {},
): TrainingJob => ({
  kind: "training",
  name,
  tenant,
  model,
  hosts,
  gpusPerHost: 4,
  parallelism: { tensor: 4, pipeline: 1, data: hosts.length },
  computeMs: 400,
  tokensPerStep: 1_000_000,
  state: "running",
  ...more,
});

export const chatService = (
  name: string,
  tenant: string,
  hosts: readonly string[],
  more: Partial<InferenceService> = {},
): InferenceService => ({
  kind: "inference",
  name,
  tenant,
  model,
  hosts,
  gpusPerHost: 4,
  prefillHosts: hosts.slice(0, 1),
  decodeHosts: hosts.slice(1),
  requestsPerSecond: 20,
  inputTokens: 4_000,
  outputTokens: 500,
  state: "running",
  ...more,
});

import { z } from "zod";
import { parseIpPrefix } from "#net/ip.ts";
import { parseRate } from "#net/rate.ts";
import { tenantNamePattern } from "#model/tenant.ts";

const count = (max: number) => z.int().min(1).max(max);
const name = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9.-]{0,38}$/i,
    "letters, digits, dots and dashes, at most 39, beginning with a letter or digit",
  );
const rate = z
  .string()
  .refine((text) => parseRate(text) !== undefined, { error: "a rate such as 400G" })
  .transform((text) => parseRate(text) ?? 0);
const pool = z.string().transform((text, context) => {
  const value = parseIpPrefix(text);
  if (value !== undefined && !value.includes(":")) return value;
  context.addIssue({ code: "custom", message: "an IPv4 prefix such as 10.0.0.0/16" });
  return z.NEVER;
});
const range = (low: number, high: number) =>
  z.string().transform((text, context) => {
    const match = /^(\d{1,10})-(\d{1,10})$/.exec(text);
    const [from, to] = [Number(match?.[1]), Number(match?.[2])];
    if (match && from >= low && to <= high && from <= to) return { from, to };
    context.addIssue({
      code: "custom",
      message: `a range such as ${low}-${Math.min(high, low + 99)} within ${low} to ${high}`,
    });
    return z.NEVER;
  });

const nos = z.enum(["eos", "sonic", "nvue"]);
const platform = z.strictObject({ match: z.string().max(80).default("*"), nos, model: z.string().max(60) });
const platforms = z.union([platform.transform((one) => [one]), z.array(platform).min(1)]);
const cableKind = z.enum(["auto", "dac", "acc", "aoc", "fibre-mm", "fibre-sm"]);
const spine = z.strictObject({ count: count(1024).optional(), nos, model: z.string().max(60) });
const link = z.strictObject({ cable: cableKind.default("auto"), optic: z.string().max(60).optional() });

const model = z.strictObject({
  name,
  parameters: z.number().positive(),
  bytesPerParameter: z.number().positive().default(2),
  layers: count(10_000),
  hiddenSize: count(10_000_000),
});
const hosts = z.string().max(10_000);
const workloadState = z.enum(["queued", "starting", "running", "ending", "ended"]).default("running");
const training = z.strictObject({
  kind: z.literal("training"),
  name,
  tenant: name,
  model,
  dataset: z.strictObject({ name, bytes: z.number().positive(), hosts }).optional(),
  hosts: hosts.optional(),
  gpusPerHost: count(64).optional(),
  parallelism: z.strictObject({
    tensor: count(4096),
    pipeline: count(4096).default(1),
    data: count(100_000).optional(),
  }),
  computeMs: z.number().positive(),
  tokensPerStep: count(1_000_000_000),
  state: workloadState,
});
const inference = z.strictObject({
  kind: z.literal("inference"),
  name,
  tenant: name,
  model,
  hosts: hosts.optional(),
  gpusPerHost: count(64).optional(),
  prefillHosts: hosts.optional(),
  decodeHosts: hosts.optional(),
  requestsPerSecond: z.number().positive(),
  inputTokens: count(100_000_000),
  outputTokens: count(100_000_000),
  state: workloadState,
});
const workloadSchema = z.discriminatedUnion("kind", [training, inference]);

/** `fabric.yaml`. Every key that is not here is an error; defaults are those of the 128-GPU example. */
export const designSchema = z.strictObject({
  name,
  site: z.strictObject({ name, region: name.optional() }).prefault({ name: "site-1" }),
  computeFabric: z.strictObject({
    hosts: count(8192),
    gpusPerHost: count(64).default(8),
    hostModel: z.string().max(60).default("hgx-h100"),
    nicModel: z.string().max(60).default("connectx-7"),
    rails: count(64).default(8),
    planes: count(8).default(1),
    scalableUnitHosts: count(4096),
    hostsPerRack: count(64).default(4),
    linkSpeed: rate.prefault("400G"),
    oversubscription: z.number().min(1).max(64).default(1),
    underlay: z.enum(["numbered", "unnumbered"]).default("numbered"),
    leaf: platforms,
    spine,
    hostLink: link.prefault({}),
    spineLink: link.prefault({}),
  }),
  frontEnd: z
    .strictObject({
      linkSpeed: rate.prefault("100G"),
      uplinkSpeed: rate.prefault("400G"),
      nicModel: z.string().max(60).default("connectx-6dx-100g"),
      oversubscription: z.number().min(1).max(64).default(1),
      leaf: platforms,
      spine,
    })
    .optional(),
  storage: z
    .strictObject({
      hosts: count(1000),
      nicsPerHost: count(8).default(1),
      linkSpeed: rate.prefault("200G"),
      nicModel: z.string().max(60).default("connectx-6-200g"),
      hostModel: z.string().max(60).default("storage-server"),
    })
    .optional(),
  management: z
    .strictObject({ hosts: z.int().min(0).max(40), hostModel: z.string().max(60).default("management-server") })
    .prefault({ hosts: 1 }),
  outOfBand: z
    .strictObject({
      nos,
      model: z.string().max(60),
      core: z.strictObject({ nos, model: z.string().max(60) }).optional(),
    })
    .optional(),
  addressing: z
    .strictObject({
      loopbacks: pool.prefault("10.0.0.0/16"),
      fabricLinks: pool.prefault("10.2.0.0/15"),
      frontEndLinks: pool.prefault("10.4.0.0/17"),
      railLinks: pool.prefault("10.128.0.0/12"),
      frontEnd: pool.prefault("10.64.0.0/12"),
      storage: pool.prefault("10.64.0.0/22"),
      outOfBand: pool.prefault("192.168.0.0/16"),
    })
    .prefault({}),
  asn: z
    .strictObject({
      computeFabric: range(1, 4294967295).prefault("4200000000-4200009999"),
      frontEnd: range(1, 4294967295).prefault("4200010000-4200019999"),
      outOfBand: range(1, 4294967295).prefault("4200020000-4200029999"),
      routeTarget: z.int().min(1).max(65535).default(65000),
    })
    .prefault({}),
  // A route distinguisher is `loopback:vni`, and its number has two octets (RFC 4364 §4.2, type 1).
  vni: z
    .strictObject({
      compute: range(1, 65535).prefault("5001-5999"),
      frontEnd: range(1, 65535).prefault("10101-13000"),
      frontEndVrf: z.int().min(1).max(65535).default(4999),
      storage: z.int().min(1).max(65535).default(10100),
    })
    .prefault({}),
  vlan: z
    .strictObject({
      frontEnd: range(2, 4094).prefault("101-3000"),
      storage: z.int().min(2).max(4094).default(100),
      outOfBand: z.int().min(2).max(4094).default(10),
    })
    .prefault({}),
  tenants: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(tenantNamePattern, "lower-case letters, digits and dashes, at most 15, beginning with a letter"),
        hosts,
        gbps: z.number().positive().max(10_000).default(400),
      }),
    )
    .default([]),
  workloads: z.array(workloadSchema).default([]),
});

export type DesignValues = z.output<typeof designSchema>;

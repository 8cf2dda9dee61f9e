import { z } from "zod";
import { Failure } from "#model/failure.ts";
import { linkId } from "#model/fabric.ts";
import { formatRate } from "#net/rate.ts";
import type { Context } from "./context.ts";
import { defined } from "./defined.ts";
import { defineOperation } from "./operation.ts";
import { formatTable } from "./table.ts";

export const LinkView = z.object({
  id: z.string(),
  a: z.object({ node: z.string(), port: z.string() }),
  b: z.object({ node: z.string(), port: z.string() }),
  fabric: z.string().optional(),
  speedBps: z.number(),
  down: z.boolean(),
  /** Share of capacity, the busier direction. */
  load: z.number(),
  bps: z.number(),
  jobs: z.array(z.string()),
});

export function linkViews({ snapshot, load }: Context["factory"]): z.input<typeof LinkView>[] {
  const loadOf = new Map(load.links.map((one) => [one.link, one]));
  return snapshot.fabric.links.map((link) => {
    const id = linkId(link);
    const busy = loadOf.get(id);
    return {
      id,
      a: link.a,
      b: link.b,
      ...defined({ fabric: link.fabric }),
      speedBps: link.speedBps,
      down: link.down === true,
      load: busy?.share ?? 0,
      bps: busy?.bps ?? 0,
      jobs: [...(busy?.jobs ?? [])],
    };
  });
}

export const listLinks = defineOperation({
  name: "link.list",
  area: "fabric",
  summary: "Links with their modelled load and the jobs that cause it, hottest first.",
  effect: "read",
  input: z.strictObject({
    device: z.string().optional().describe("Only links of this device"),
    down: z.boolean().optional().describe("Only links that are down"),
    top: z.int().min(1).max(100_000).default(20).describe("How many"),
  }),
  output: z.object({ links: z.array(LinkView), total: z.number() }),
  failures: ["not_found"],
  run: async ({ device, down, top }, { factory }) => {
    if (device !== undefined) findDevice(device, factory);
    const all = linkViews(factory).filter(
      (one) => (device === undefined || one.a.node === device || one.b.node === device) && (down !== true || one.down),
    );
    return { total: all.length, links: all.toSorted((a, b) => b.load - a.load).slice(0, top) };
  },
  print: ({ links, total }) =>
    [
      formatTable(
        ["LINK", "SPEED", "LOAD", "STATE", "JOBS"],
        links.map((one) => [
          one.id,
          formatRate(one.speedBps),
          `${(one.load * 100).toFixed(1)}%`,
          one.down ? "down" : "up",
          one.jobs.join(" ") || "-",
        ]),
      ),
      `${links.length} of ${total} links. Load is modelled from the jobs' traffic on the twin's paths.`,
    ].join("\n"),
});

/** @throws {Failure} not_found, with near names */
export function findDevice(name: string, { snapshot }: Context["factory"]): void {
  const { switches, hosts } = snapshot.fabric;
  if (Object.hasOwn(switches, name) || Object.hasOwn(hosts, name)) return;
  const near = [...Object.keys(switches), ...Object.keys(hosts)]
    .filter((one) => one.startsWith(name.replace(/\d+$/, "")))
    .slice(0, 6);
  throw new Failure(
    "not_found",
    `There is no device or host ${name}.${near.length === 0 ? "" : ` Near it: ${near.join(" ")}.`}`,
  );
}

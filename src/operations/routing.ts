import { z } from "zod";
import { routesOf } from "#twin/routes.ts";
import { defined } from "./defined.ts";
import { findDevice } from "./links.ts";
import { defineOperation } from "./operation.ts";
import { formatTable } from "./table.ts";

export const listSessions = defineOperation({
  name: "session.list",
  command: "sessions",
  area: "fabric",
  summary: "BGP sessions as the twin computes them, those that are down first, with the reason.",
  effect: "read",
  input: z.strictObject({
    device: z.string().optional(),
    down: z.boolean().optional().describe("Only those not established"),
  }),
  output: z.object({
    sessions: z.array(
      z.object({
        device: z.string(),
        networkInstance: z.string(),
        neighbor: z.string(),
        peerDevice: z.string().optional(),
        state: z.string(),
        reason: z.string(),
      }),
    ),
    established: z.number(),
    total: z.number(),
  }),
  failures: [],
  run: async ({ device, down }, { factory }) => {
    const all = factory.twin.sessions.filter((one) => device === undefined || one.device === device);
    const shown = all
      .filter((one) => down !== true || one.state !== "established")
      .toSorted((a, b) => (a.state < b.state ? -1 : a.state > b.state ? 1 : 0));
    return {
      established: all.filter((one) => one.state === "established").length,
      total: all.length,
      sessions: shown.map((one) => ({
        device: one.device,
        networkInstance: one.networkInstance,
        neighbor: one.neighbor,
        ...defined({ peerDevice: one.peerDevice }),
        state: one.state,
        reason: one.reason,
      })),
    };
  },
  print: ({ sessions, established, total }) =>
    [
      formatTable(
        ["DEVICE", "VRF", "NEIGHBOR", "PEER", "STATE", "WHY"],
        sessions.map((one) => [
          one.device,
          one.networkInstance,
          one.neighbor,
          one.peerDevice ?? "-",
          one.state,
          one.reason,
        ]),
      ),
      `${established} of ${total} established (computed).`,
    ].join("\n"),
});

export const listRoutes = defineOperation({
  name: "route.list",
  command: "routes",
  area: "fabric",
  summary: "Routes of a device as the twin computes them, each with what decided.",
  effect: "read",
  input: z.strictObject({ device: z.string(), vrf: z.string().default("default"), prefix: z.string().optional() }),
  output: z.object({
    routes: z.array(
      z.object({
        prefix: z.string(),
        protocol: z.string(),
        distance: z.number(),
        metric: z.number(),
        nextHops: z.array(
          z.looseObject({
            address: z.string().optional(),
            interface: z.string().optional(),
            vtep: z.string().optional(),
            vni: z.number().optional(),
          }),
        ),
        reason: z.string(),
      }),
    ),
  }),
  failures: ["not_found"],
  positional: ["device"],
  run: async ({ device, vrf, prefix }, { factory }) => {
    findDevice(device, factory);
    return {
      routes: routesOf(factory.twin, { device, networkInstance: vrf })
        .filter((one) => prefix === undefined || one.prefix === prefix)
        .map(({ prefix, protocol, distance, metric, nextHops, reason }) => ({
          prefix,
          protocol,
          distance,
          metric,
          nextHops: nextHops.map((hop) => ({ ...hop })),
          reason,
        })),
    };
  },
  print: ({ routes }) =>
    formatTable(
      ["PREFIX", "PROTOCOL", "DIST", "METRIC", "NEXT HOPS", "WHY"],
      routes.map((one) => [
        one.prefix,
        one.protocol,
        one.distance,
        one.metric,
        one.nextHops.map((hop) => hop.vtep ?? hop.address ?? hop.interface ?? "discard").join(" "),
        one.reason,
      ]),
    ),
});

export const routingOperations = [listSessions, listRoutes];

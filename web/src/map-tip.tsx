import { Paper, Text } from "@mantine/core";
import { percent, rate } from "./format.ts";
import type { Bundle } from "./map-model.ts";
import type { GraphNode } from "./types.ts";

export interface TipText {
  readonly title: string;
  readonly lines: readonly string[];
}
export interface Tip extends TipText {
  readonly x: number;
  readonly y: number;
}

export function bundleTip(bundle: Bundle): TipText {
  const { links, ends } = bundle;
  const busiest = links.reduce((a, b) => (b.load > a.load ? b : a));
  return {
    title: `${ends[0]} – ${ends[1]}`,
    lines: [
      `${links.length === 1 ? "1 link" : `${links.length} links`} of ${rate(busiest.speedBps)}${bundle.down > 0 ? `, ${bundle.down} down` : ""}`,
      bundle.load < 0.0005 ? "No modelled load" : `${percent(bundle.load)} of the busiest, ${rate(busiest.bps)}`,
      ...(bundle.jobs.length === 0 ? [] : [`Carries ${bundle.jobs.join(", ")}`]),
    ],
  };
}

export const nodeTip = (node: GraphNode): TipText => ({
  title: node.name,
  lines:
    node.kind === "switch"
      ? [[node.role, node.nos, node.rail === undefined ? "" : `rail ${node.rail}`].filter(Boolean).join(" · ")]
      : [
          [`${node.role} host`, (node.gpus ?? 0) > 0 ? `${node.gpus} GPUs` : ""].filter(Boolean).join(" · "),
          ...(node.role === "gpu" ? [node.tenant === undefined ? "Free" : `Held by ${node.tenant}`] : []),
        ],
});

/** What is under the pointer, beside it; kept on the screen. */
export function MapTip({ tip }: { tip: Tip | undefined }) {
  if (tip === undefined) return null;
  const toLeft = tip.x > innerWidth - 320;
  return (
    <Paper
      className="tip"
      shadow="md"
      withBorder
      style={{
        top: Math.min(tip.y + 14, innerHeight - 110),
        ...(toLeft ? { right: innerWidth - tip.x + 12 } : { left: tip.x + 14 }),
      }}
    >
      <Text fz="sm" fw={650}>
        {tip.title}
      </Text>
      {tip.lines.map((line) => (
        <Text key={line} fz="xs" c="dimmed" className="figure">
          {line}
        </Text>
      ))}
    </Paper>
  );
}

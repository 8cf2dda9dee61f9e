import { Group, Text, UnstyledButton } from "@mantine/core";
import { memo, useMemo } from "react";
import { loadStep } from "./colors.ts";
import { byName } from "./format.ts";
import { pairKey, type Bundle, type FabricView } from "./map-model.ts";
import { bundleTip } from "./map-tip.tsx";
import type { MapProps } from "./weave.tsx";
import type { GraphNode } from "./types.ts";

interface Plate {
  readonly hub: GraphNode;
  readonly groups: readonly {
    readonly label: string;
    readonly ports: readonly { node: GraphNode; bundle: Bundle }[];
  }[];
}

/** Switches by what is plugged into them: for fabrics where a wire would tell less than the port it ends in. */
export const Faceplates = memo(function Faceplates({ view, colors, near, select, tip }: MapProps) {
  const plates = useMemo(() => platesOf(view), [view]);
  const dim = (key: string): string => (near === undefined || near.has(key) ? "" : " dim");
  return (
    <div className="plates">
      {plates.map(({ hub, groups }) => (
        <section key={hub.name} className="plate">
          <UnstyledButton
            className={`plate-head${dim(hub.name)}`}
            onClick={(event) => {
              event.stopPropagation();
              select({ kind: "node", name: hub.name });
            }}
            data-node={hub.name}
          >
            <Text fw={650} fz="sm">
              {hub.name}
            </Text>
            <Text fz="xs" c="dimmed">
              {hub.role} · {hub.nos} · {groups.reduce((sum, one) => sum + one.ports.length, 0)} neighbours
            </Text>
          </UnstyledButton>
          {groups.map((group) => (
            <div key={group.label}>
              <Text fz="xs" c="dimmed" mt={8} mb={4}>
                {group.label}
              </Text>
              <div className="ports">
                {group.ports.map(({ node, bundle }) => (
                  <UnstyledButton
                    key={node.name}
                    className={`port${dim(bundle.key)}`}
                    data-node={node.name}
                    data-kind={node.kind}
                    aria-label={`${hub.name} to ${node.name}`}
                    onClick={(event) => {
                      event.stopPropagation();
                      select({ kind: "bundle", key: bundle.key });
                    }}
                    onMouseMove={(event) => tip({ ...bundleTip(bundle), x: event.clientX, y: event.clientY })}
                    onMouseLeave={() => tip(undefined)}
                  >
                    <i style={{ background: colors.get(node.tenant ?? "") ?? "var(--box-line)" }} />
                    <span>{node.name}</span>
                    <b
                      className={bundle.down > 0 ? "lamp off" : "lamp"}
                      style={{ background: bundle.down > 0 ? undefined : loadStep(bundle.load).color }}
                    />
                  </UnstyledButton>
                ))}
              </div>
            </div>
          ))}
        </section>
      ))}
      {plates.length === 0 ? (
        <Group p="md">
          <Text c="dimmed">Nothing is plugged in here.</Text>
        </Group>
      ) : null}
    </div>
  );
});

function platesOf({ nodes, own, bundles }: FabricView): Plate[] {
  const at = new Map(bundles.map((one) => [one.key, one]));
  const hubs = nodes.filter((one) => own.has(one.name));
  const plates = hubs.map((hub) => {
    const groups = new Map<string, { node: GraphNode; bundle: Bundle }[]>();
    for (const node of nodes) {
      const bundle = at.get(pairKey(hub.name, node.name));
      if (bundle === undefined || node.name === hub.name) continue;
      const label = groupOf(node, own.has(node.name));
      groups.set(label, [...(groups.get(label) ?? []), { node, bundle }]);
    }
    return {
      hub,
      groups: [...groups]
        .map(([label, ports]) => ({ label, ports: ports.toSorted((a, b) => byName(a.node.name, b.node.name)) }))
        .sort((a, b) => placeOf(a.label) - placeOf(b.label) || byName(a.label, b.label)),
    };
  });
  // A spine whose every neighbour has a plate is told there already.
  const far = plates.filter((one) => one.groups.some((group) => group.ports.some((port) => !own.has(port.node.name))));
  return (far.length > 0 ? far : plates).toSorted((a, b) => byName(a.hub.name, b.hub.name));
}

const order = ["Uplinks", "Spines", "Leaves", "GPU", "Storage"];
const placeOf = (label: string): number => {
  const place = order.findIndex((one) => label.startsWith(one));
  return place === -1 ? order.length : place;
};

function groupOf(node: GraphNode, own: boolean): string {
  if (own) return "Uplinks";
  const unit = node.scalableUnit === undefined ? "" : `, unit ${node.scalableUnit}`;
  if (node.kind === "host")
    return node.role === "gpu" ? `GPU hosts${unit}` : `${node.role[0]?.toUpperCase()}${node.role.slice(1)} hosts`;
  return node.role === "leaf" ? `Leaves${unit}` : "Spines";
}

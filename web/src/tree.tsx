import { memo, useMemo } from "react";
import { loadStep } from "./colors.ts";
import { drawTree, type Placed, type Wire } from "./layout.ts";
import { bundleTip } from "./map-tip.tsx";
import { button, type MapProps } from "./weave.tsx";

/** A fabric of no particular weave, as boxes in tiers with wires between them. */
export const Tree = memo(function Tree({ view, colors, near, select, tip }: MapProps) {
  const drawing = useMemo(() => drawTree(view), [view]);
  const dim = (key: string): string => (near === undefined || near.has(key) ? "" : " dim");
  return (
    <div className="scroller">
      <svg
        className="tree"
        viewBox={`0 0 ${drawing.width} ${drawing.height}`}
        style={{ minWidth: Math.min(drawing.width * 0.74, 900), maxWidth: drawing.width * 1.35 }}
        role="group"
        aria-label={`${view.label} drawn as a tree`}
      >
        {drawing.groups.map((group) => (
          <g key={group.label}>
            <rect x={group.x} y={group.y} width={group.width} height={group.height} rx={10} className="unit" />
            <text x={group.x + 12} y={group.y + group.height - 10} className="unit-label">
              {group.label}
            </text>
          </g>
        ))}
        {drawing.wires.map((wire) => (
          <WireLine key={wire.bundle.key} wire={wire} dim={dim(wire.bundle.key)} select={select} tip={tip} />
        ))}
        {drawing.placed.map((one) => (
          <g key={one.node.name} {...button(one.node, "box", dim, select, tip)}>
            <Box placed={one} color={colors.get(one.node.tenant ?? "")} />
          </g>
        ))}
      </svg>
    </div>
  );
});

function WireLine({
  wire: { bundle, from, to },
  dim,
  select,
  tip,
}: { wire: Wire; dim: string } & Pick<MapProps, "select" | "tip">) {
  const step = loadStep(bundle.load);
  const sameTier = from.y === to.y;
  const x1 = from.x + from.width / 2;
  const x2 = to.x + to.width / 2;
  const y1 = from.y + from.height;
  const y2 = sameTier ? to.y + to.height : to.y;
  const bend = sameTier ? 34 : (to.y - y1) / 2;
  return (
    <path
      d={`M${x1},${y1} C${x1},${y1 + bend} ${x2},${y2 + (sameTier ? bend : -bend)} ${x2},${y2}`}
      className={`wire${dim}`}
      stroke={bundle.down > 0 ? "var(--load-high)" : step.color}
      strokeDasharray={bundle.down > 0 ? "4 4" : undefined}
      strokeWidth={Math.min(4, 1 + step.radius / 4 + (bundle.links.length > 1 ? 0.6 : 0))}
      onClick={(event) => {
        event.stopPropagation();
        select({ kind: "bundle", key: bundle.key });
      }}
      onMouseMove={(event) => tip({ ...bundleTip(bundle), x: event.clientX, y: event.clientY })}
      onMouseLeave={() => tip(undefined)}
    />
  );
}

function Box({ placed: { node, x, y, width, height }, color }: { placed: Placed; color: string | undefined }) {
  const under =
    node.kind === "switch" ? (node.nos ?? node.role) : (node.tenant ?? (node.role === "gpu" ? "free" : node.role));
  return (
    <>
      <rect
        x={x}
        y={y}
        width={width}
        height={height}
        rx={7}
        className={node.kind}
        style={color === undefined ? undefined : { fill: color, stroke: color, strokeDasharray: "none" }}
      />
      <text
        x={x + width / 2}
        y={y + 18}
        className={color === undefined ? "label" : "label on-color"}
        textAnchor="middle"
      >
        {fit(node.name, width)}
      </text>
      <text x={x + width / 2} y={y + 32} className={color === undefined ? "note" : "note on-color"} textAnchor="middle">
        {fit(under, width)}
      </text>
    </>
  );
}

/** As much of the end of a name as there is room for: the end tells it from its neighbours. */
const fit = (name: string, width: number): string => {
  const room = Math.floor((width - 6) / 6);
  return name.length <= room ? name : `…${name.slice(1 - room)}`;
};

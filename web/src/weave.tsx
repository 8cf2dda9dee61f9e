import { Text } from "@mantine/core";
import { memo, useMemo, useState, type KeyboardEvent, type MouseEvent } from "react";
import { loadStep } from "./colors.ts";
import type { FabricView, Selection } from "./map-model.ts";
import { bundleTip, nodeTip, type Tip } from "./map-tip.tsx";
import type { GraphNode } from "./types.ts";
import {
  band,
  column,
  columnX,
  hostStep,
  hostY,
  left,
  loomsOf,
  right,
  spineStep,
  spineY,
  within,
  type Knot,
  type Loom,
} from "./weave-layout.ts";

export interface MapProps {
  readonly view: FabricView;
  readonly colors: ReadonlyMap<string, string>;
  readonly near: ReadonlySet<string> | undefined;
  readonly select: (selection: Selection | undefined) => void;
  readonly tip: (tip: Tip | undefined) => void;
}

/** A rail-optimised fabric as what it is: rails woven with hosts below and spines above, unit by unit. */
export function Weave({ view, ...rest }: MapProps) {
  const looms = useMemo(() => loomsOf(view), [view]);
  return (
    <div className="looms">
      {looms.map((loom) => (
        <LoomView key={loom.unit} loom={loom} view={view} {...rest} />
      ))}
    </div>
  );
}

const LoomView = memo(function LoomView({ loom, colors, near, select, tip }: MapProps & { readonly loom: Loom }) {
  const [over, hover] = useState<Knot>();
  const held = loom.hosts.filter((one) => one.tenant !== undefined).length;
  const systems = [...new Set(loom.leaves.map((one) => one.nos ?? "?"))].join(", ");
  const knotAt = (event: MouseEvent<SVGSVGElement>): Knot | undefined => {
    const box = event.currentTarget.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * loom.width;
    const y = ((event.clientY - box.top) / box.height) * loom.height;
    return loom.knots.find((one) => Math.abs(one.x - x) < column / 2 && Math.abs(one.y - y) < hostStep(loom) / 2);
  };
  return (
    <section className="loom">
      <header>
        <Text fw={650} fz="sm">
          {loom.unit === 0 ? "Shared" : `Scalable unit ${loom.unit}`}
        </Text>
        <Text fz="xs" c="dimmed">
          {loom.leaves.length} leaves · {systems} · {held} of {loom.hosts.length} hosts held
        </Text>
      </header>
      <svg
        viewBox={`0 0 ${loom.width} ${loom.height}`}
        role="group"
        aria-label={`Scalable unit ${loom.unit}`}
        onMouseMove={(event) => {
          const knot = knotAt(event);
          hover(knot);
          if (knot !== undefined) tip({ ...bundleTip(knot.bundle), x: event.clientX, y: event.clientY });
          else if (!(event.target as Element).closest("[data-node]")) tip(undefined);
        }}
        onMouseLeave={() => {
          hover(undefined);
          tip(undefined);
        }}
        onClick={(event) => {
          const knot = knotAt(event);
          if (knot === undefined) return;
          event.stopPropagation();
          select({ kind: "bundle", key: knot.bundle.key });
        }}
      >
        {over === undefined ? null : (
          <g className="cross">
            <rect x={over.x - column / 2} y={0} width={column} height={loom.height} />
            <rect x={0} y={over.y - hostStep(loom) / 2} width={loom.width} height={hostStep(loom)} />
          </g>
        )}
        <Cloth loom={loom} colors={colors} near={near} select={select} tip={tip} />
      </svg>
    </section>
  );
});

type Handlers = Pick<MapProps, "colors" | "near" | "select" | "tip">;

const Cloth = memo(function Cloth({ loom, colors, near, select, tip }: Handlers & { readonly loom: Loom }) {
  const dim = (key: string): string => (near === undefined || near.has(key) ? "" : " dim");
  const end = loom.width - right;
  return (
    <>
      {loom.leaves.map((leaf, index) => (
        <line
          key={leaf.name}
          className={`warp${dim(leaf.name)}`}
          x1={columnX(index)}
          x2={columnX(index)}
          y1={4}
          y2={loom.height - 4}
        />
      ))}
      {loom.spines.map((spine, index) => (
        <g key={spine.name} {...button(spine, "row", dim, select, tip)}>
          <line className="weft" x1={left - 2} x2={end + 6} y1={spineY(loom, index)} y2={spineY(loom, index)} />
          <rect
            className="hit"
            x={0}
            y={spineY(loom, index) - spineStep(loom) / 2}
            width={left}
            height={spineStep(loom)}
          />
          <text className="label" x={left - 8} y={spineY(loom, index) + 3.5} textAnchor="end">
            {spine.name.length > 9 ? spine.name.slice(-9) : spine.name}
          </text>
          <text className="note" x={end + 12} y={spineY(loom, index) + 3.5}>
            {spine.nos === loom.spines[index - 1]?.nos ? "" : spine.nos}
          </text>
        </g>
      ))}
      {loom.hosts.map((host, index) => (
        <Weft key={host.name} loom={loom} host={host} index={index} color={colors.get(host.tenant ?? "")} end={end}>
          {button(host, "row", dim, select, tip)}
        </Weft>
      ))}
      {loom.leaves.map((leaf, index) => (
        <g key={leaf.name} {...button(leaf, "leaf", dim, select, tip)}>
          <rect x={columnX(index) - column / 2 + 2} y={loom.bandTop} width={column - 4} height={band} rx={6} />
          <text className="label" x={columnX(index)} y={loom.bandTop + (loom.planes ? 16 : 22)} textAnchor="middle">
            {leaf.rail === undefined ? "–" : `r${leaf.rail}`}
          </text>
          <text className="note" x={columnX(index)} y={loom.bandTop + 28} textAnchor="middle">
            {loom.planes ? `p${leaf.plane ?? 0}` : ""}
          </text>
        </g>
      ))}
      {loom.knots.map(({ bundle, x, y }) => {
        const step = loadStep(bundle.load);
        return bundle.down > 0 ? (
          <path
            key={bundle.key}
            className={`down${dim(bundle.key)}`}
            d={`M${x - 4},${y - 4}l8,8M${x + 4},${y - 4}l-8,8`}
          />
        ) : (
          <circle
            key={bundle.key}
            className={`knot${dim(bundle.key)}`}
            cx={x}
            cy={y}
            r={step.radius}
            fill={step.color}
          />
        );
      })}
    </>
  );
});

function Weft({
  loom,
  host,
  index,
  color,
  end,
  children,
}: {
  loom: Loom;
  host: GraphNode;
  index: number;
  color: string | undefined;
  end: number;
  children: ReturnType<typeof button>;
}) {
  const y = hostY(loom, index);
  const step = hostStep(loom);
  const tall = Math.min(18, step - 2);
  // A name is said where its run of hosts begins.
  const before = loom.hosts[index - 1];
  const note = before !== undefined && before.tenant === host.tenant ? "" : (host.tenant ?? "free").slice(0, 15);
  return (
    <g {...children}>
      <line
        className={color === undefined ? "weft free" : "weft held"}
        x1={left - 2}
        x2={end + 6}
        y1={y}
        y2={y}
        style={{ stroke: color }}
      />
      <rect
        className={color === undefined ? "tag free" : "tag"}
        x={6}
        y={y - tall / 2}
        width={left - 12}
        height={tall}
        rx={5}
        fill={color}
      />
      <text className={color === undefined ? "label" : "label on-color"} x={left / 2} y={y + 3.5} textAnchor="middle">
        {within(loom.unit, host.name).slice(0, 8)}
      </text>
      <text className="note" x={end + 12} y={y + 3.5}>
        {note}
      </text>
    </g>
  );
}

/** What makes a part of the picture a button: by pointer, by keyboard, by name. */
export function button(
  node: GraphNode,
  kind: string,
  dim: (key: string) => string,
  select: MapProps["select"],
  tip: MapProps["tip"],
) {
  const choose = () => select({ kind: "node", name: node.name });
  return {
    className: `node ${kind}${dim(node.name)}`,
    "data-node": node.name,
    "data-kind": node.kind,
    tabIndex: 0,
    role: "button",
    "aria-label": `${node.name}${node.tenant === undefined ? "" : `, tenant ${node.tenant}`}`,
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose();
    },
    onClick: (event: MouseEvent) => {
      if (kind === "row" && (event.target as Element).tagName === "line") return;
      event.stopPropagation();
      choose();
    },
    onMouseEnter: (event: MouseEvent) => tip({ ...nodeTip(node), x: event.clientX, y: event.clientY }),
    onMouseLeave: () => tip(undefined),
  };
}

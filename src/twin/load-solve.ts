/**
 * Flows over links, in compressed rows: flow `f` takes `coefficient[k]` of its rate on `link[k]`
 * for `k` from `start[f]` to `start[f + 1]`. A flow over equal-cost paths has fractions on their links.
 */
export interface FlowTable {
  readonly flows: number;
  readonly start: Int32Array;
  readonly link: Int32Array;
  readonly coefficient: Float64Array;
}

export interface Rates {
  /** Bits per second of each flow; a flow over no link at all is not limited: Infinity. */
  readonly bps: Float64Array;
  /** The link that stops each flow from going faster; -1 where its own limit does, or nothing. */
  readonly bottleneck: Int32Array;
}

export function flowTable(rows: readonly (readonly (readonly [link: number, coefficient: number])[])[]): FlowTable {
  const start = new Int32Array(rows.length + 1);
  let entries = 0;
  for (const [index, row] of rows.entries()) start[index + 1] = entries += row.length;
  const link = new Int32Array(entries);
  const coefficient = new Float64Array(entries);
  let at = 0;
  for (const row of rows)
    for (const [one, share] of row) {
      link[at] = one;
      coefficient[at++] = share;
    }
  return { flows: rows.length, start, link, coefficient };
}

const near = 1 + 1e-9;

/**
 * Max-min fair rates by progressive filling: all rates grow together; a link that is full stops the flows on it, the
 * others grow on. `limit` stops a flow at what it asks for. Capacities in bits per second.
 */
export function maxMinRates(table: FlowTable, capacity: Float64Array, limit?: Float64Array): Rates {
  const bps = new Float64Array(table.flows).fill(Infinity);
  const bottleneck = new Int32Array(table.flows).fill(-1);
  const left = Float64Array.from(capacity);
  const weight = new Float64Array(capacity.length);
  const open = new Set<number>();
  for (let flow = 0; flow < table.flows; flow++) {
    if (rowOf(table, flow).every((at) => (table.coefficient[at] ?? 0) <= 0)) continue;
    open.add(flow);
    for (const at of rowOf(table, flow))
      weight[table.link[at] ?? 0] = (weight[table.link[at] ?? 0] ?? 0) + (table.coefficient[at] ?? 0);
  }
  const onLink = flowsByLink(table, capacity.length);
  const byLimit = limit === undefined ? [] : [...open].toSorted((a, b) => (limit[a] ?? 0) - (limit[b] ?? 0));
  let nextLimit = 0;
  const used = usedLinks(weight);
  const settle = (flow: number, rate: number, at: number): void => {
    open.delete(flow);
    bps[flow] = rate;
    bottleneck[flow] = at;
    for (const entry of rowOf(table, flow)) {
      const link = table.link[entry] ?? 0;
      const share = table.coefficient[entry] ?? 0;
      left[link] = Math.max(0, (left[link] ?? 0) - rate * share);
      weight[link] = Math.max(0, (weight[link] ?? 0) - share);
    }
  };
  while (open.size > 0) {
    while (nextLimit < byLimit.length && !open.has(byLimit[nextLimit] ?? -1)) nextLimit += 1;
    const limited = byLimit[nextLimit];
    const ask = limited === undefined ? Infinity : (limit?.[limited] ?? Infinity);
    const level = lowestLevel(used, left, weight);
    if (limited !== undefined && ask <= level) {
      settle(limited, Math.max(0, ask), -1);
      continue;
    }
    if (level === Infinity) break; // what is left of the weights is rounding: no link holds these flows
    for (const link of used) {
      const sum = weight[link] ?? 0;
      if (sum <= 1e-12 || (left[link] ?? 0) / sum > level * near) continue;
      for (const flow of onLink(link)) if (open.has(flow)) settle(flow, level, link);
    }
  }
  return { bps, bottleneck };
}

function rowOf(table: FlowTable, flow: number): number[] {
  const row: number[] = [];
  for (let at = table.start[flow] ?? 0; at < (table.start[flow + 1] ?? 0); at++) row.push(at);
  return row;
}

function usedLinks(weight: Float64Array): Int32Array {
  const used: number[] = [];
  for (const [link, sum] of weight.entries()) if (sum > 0) used.push(link);
  return Int32Array.from(used);
}

function lowestLevel(used: Int32Array, left: Float64Array, weight: Float64Array): number {
  let level = Infinity;
  for (const link of used) {
    const sum = weight[link] ?? 0;
    if (sum > 1e-12) level = Math.min(level, (left[link] ?? 0) / sum);
  }
  return level;
}

function flowsByLink(table: FlowTable, links: number): (link: number) => Int32Array {
  const start = new Int32Array(links + 1);
  for (const link of table.link) start[link + 1] = (start[link + 1] ?? 0) + 1;
  for (let link = 0; link < links; link++) start[link + 1] = (start[link + 1] ?? 0) + (start[link] ?? 0);
  const flows = new Int32Array(table.link.length);
  const next = Int32Array.from(start);
  for (let flow = 0; flow < table.flows; flow++)
    for (let at = table.start[flow] ?? 0; at < (table.start[flow + 1] ?? 0); at++) {
      const link = table.link[at] ?? 0;
      const place = next[link] ?? 0;
      flows[place] = flow;
      next[link] = place + 1;
    }
  return (link) => flows.subarray(start[link] ?? 0, start[link + 1] ?? 0);
}

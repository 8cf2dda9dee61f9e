/** A link with the interfaces at its ends. */
export interface CorrelatedLink {
  readonly link: string;
  readonly ends: readonly { readonly device: string; readonly interface: string }[];
}

export interface LinkUser {
  readonly job: string;
  readonly tenant: string;
}

/** Where something was seen: an interface, a link by id, or a whole device. */
export type Seen = { readonly device: string; readonly interface?: string } | { readonly link: string };

export interface Impact<T extends Seen> {
  readonly seen: T;
  readonly links: readonly string[];
  readonly jobs: readonly string[];
  readonly tenants: readonly string[];
}

export interface CorrelationIndex {
  readonly byInterface: ReadonlyMap<string, readonly string[]>;
  readonly byDevice: ReadonlyMap<string, readonly string[]>;
  readonly users: ReadonlyMap<string, readonly LinkUser[]>;
}

/** Prepared once per snapshot: which interface is which link, and who uses it. */
export function buildIndex(
  links: readonly CorrelatedLink[],
  users: ReadonlyMap<string, readonly LinkUser[]>,
): CorrelationIndex {
  const byInterface = new Map<string, string[]>();
  const byDevice = new Map<string, string[]>();
  const put = (table: Map<string, string[]>, key: string, link: string) => {
    const list = table.get(key);
    if (list === undefined) table.set(key, [link]);
    else if (!list.includes(link)) list.push(link);
  };
  for (const { link, ends } of links)
    for (const end of ends) {
      put(byInterface, `${end.device} ${end.interface}`, link);
      put(byDevice, end.device, link);
    }
  return { byInterface, byDevice, users };
}

/** Jobs and tenants whose traffic uses what an alarm is about; most affected alarms first. */
export function correlate<T extends Seen>(seen: readonly T[], index: CorrelationIndex): Impact<T>[] {
  return seen
    .map((one) => impactOf(one, index))
    .toSorted((a, b) => b.jobs.length - a.jobs.length || b.links.length - a.links.length);
}

/** Anomalies of interfaces as what was seen on their links, the earliest first: what an explanation of a job takes. */
export function onsetsOf(
  anomalies: readonly {
    readonly device: string;
    readonly interface: string;
    readonly onset: number;
    readonly message: string;
  }[],
  index: CorrelationIndex,
): { readonly link: string; readonly at: number; readonly what: string }[] {
  return anomalies
    .flatMap(({ onset, message, ...seen }) => linksOf(seen, index).map((link) => ({ link, at: onset, what: message })))
    .toSorted((a, b) => a.at - b.at);
}

function impactOf<T extends Seen>(seen: T, index: CorrelationIndex): Impact<T> {
  const links = linksOf(seen, index);
  const users = links.flatMap((link) => index.users.get(link) ?? []);
  const names = (list: readonly string[]) => [...new Set(list)].toSorted();
  return { seen, links, jobs: names(users.map((one) => one.job)), tenants: names(users.map((one) => one.tenant)) };
}

function linksOf(seen: Seen, index: CorrelationIndex): readonly string[] {
  if ("link" in seen) return [seen.link];
  if (seen.interface === undefined) return index.byDevice.get(seen.device) ?? [];
  return index.byInterface.get(`${seen.device} ${seen.interface}`) ?? [];
}

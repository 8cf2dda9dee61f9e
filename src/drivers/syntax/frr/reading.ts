import type { SourceSpan } from "#model/source.ts";
import { configPath } from "#model/source.ts";
import type { Finding } from "#model/finding.ts";
import type { InterfaceAddress } from "#net/ip.ts";
import type { FrrBlock } from "./blocks.ts";
import { spanOf } from "./blocks.ts";
import type { FrrProfileName } from "./config.ts";

/** What the reader must know of the system FRR runs on. */
export interface FrrSystem {
  /** Equal-cost paths FRR was built for: the default of `maximum-paths`. */
  readonly multipath: number;
  /** Codes of findings begin with it: the vendor's name. */
  readonly codePrefix: string;
  /** Addresses and instances of interfaces that other files configure: `network … area …` of OSPF goes by them. */
  readonly interfaces?: ReadonlyMap<
    string,
    { readonly addresses: readonly InterfaceAddress[]; readonly networkInstance: string }
  >;
}

/** One file being read: where marks and findings go. */
export class Reading {
  readonly file: string;
  readonly system: FrrSystem;
  readonly provenance = new Map<string, SourceSpan>();
  readonly findings: Finding[] = [];
  profile: FrrProfileName = "traditional";

  constructor(file: string, system: FrrSystem) {
    this.file = file;
    this.system = system;
  }

  mark(block: FrrBlock, ...path: readonly (string | number)[]): void {
    const key = configPath(...path);
    if (!this.provenance.has(key)) this.provenance.set(key, spanOf(this.file, block));
  }

  report(block: FrrBlock, code: string, severity: Finding["severity"], message: string): void {
    this.findings.push({
      code: `${this.system.codePrefix}.${code}`,
      severity,
      message,
      where: { kind: "file", file: this.file, line: block.line },
    });
  }
}

export type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The same with lists that can be added to: copying them for each line would take the square of the time. */
export type Growing<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

export function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [item]);
  else known.push(item);
}

import type { Finding } from "#model/finding.ts";

/** A value with the lines it stands on; 1-based, both ends included. Scalars are text: `on`, `10` and `65000:1` stay so. */
export type YamlValue =
  | {
      readonly kind: "scalar";
      readonly text: string;
      readonly quoted: boolean;
      readonly line: number;
      readonly endLine: number;
    }
  | { readonly kind: "map"; readonly entries: YamlEntry[]; readonly line: number; readonly endLine: number }
  | { readonly kind: "list"; readonly items: YamlValue[]; readonly line: number; readonly endLine: number };

export interface YamlEntry {
  readonly key: string;
  readonly line: number;
  value: YamlValue;
}

export interface YamlFile {
  readonly documents: readonly YamlValue[];
  readonly findings: readonly Finding[];
  /** Lines that are not part of any value, because they could not be read; each has its finding. */
  readonly broken: ReadonlySet<number>;
  /** Reading stopped before this line. */
  readonly stoppedAt?: number;
}

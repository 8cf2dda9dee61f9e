/** One file as it came: a device's configuration, a design, a topology. `text` is UTF-8. */
export interface SourceFile {
  /** Relative to the folder it was read from; `/` separates. Shown to people as it stands. */
  readonly path: string;
  readonly text: string;
}

/** The lines of a file that said something; 1-based, both ends included. */
export interface SourceSpan {
  readonly file: string;
  readonly line: number;
  readonly endLine?: number;
}

/**
 * Where each part of a `DeviceConfig` was written. Keyed by JSON pointer into the config
 * (`/interfaces/Ethernet1/ipv4`, `/networkInstances/default/bgp/neighbors/10.0.0.1`), made by `configPath`.
 * A side table, so that two configurations that mean the same are equal values.
 */
export type Provenance = ReadonlyMap<string, SourceSpan>;

/** A JSON pointer (RFC 6901) from its parts. */
export const configPath = (...parts: readonly (string | number)[]): string =>
  parts.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

/** The span of a path, or of the nearest part above it that has one. */
export function sourceOf(provenance: Provenance, path: string): SourceSpan | undefined {
  for (let at = path; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
    const span = provenance.get(at);
    if (span !== undefined) return span;
  }
  return undefined;
}

/** What became of one line (or, in YAML and JSON, of one leaf) of a configuration. */
export interface LineStatus {
  readonly line: number;
  readonly status: "used" | "ignored" | "unknown";
  /** For `ignored`: why it has no part in what the network does. */
  readonly reason?: string;
  readonly text: string;
}

/** The account of one file: every line that is not blank or a comment stands here exactly once. */
export interface FileAccount {
  readonly file: string;
  readonly lines: readonly LineStatus[];
}

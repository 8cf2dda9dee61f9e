import type { ConfigNode } from "./tree.ts";

export interface ConfigSession {
  readonly name: string;
  state: "pending" | "pendingCommitTimer" | "completed";
  tree: ConfigNode[];
  /** Seconds since 1970, by the device's clock. */
  completedTime?: number;
  commitUser: string;
}

/** All that an EOS device remembers. Plain JSON: it is the device's flash and its memory in one. */
export interface EosState {
  running: ConfigNode[];
  startup: ConfigNode[];
  sessions: ConfigSession[];
  /** A timed commit that waits for its confirmation; `deadline` on the lab's clock. */
  pending?: { readonly session: string; readonly revertTo: ConfigNode[]; readonly deadline: number };
  /** Files on flash. */
  flash: [name: string, text: string][];
  /** Statements the device came with: accepted as they stand, whatever our parser thinks of them. */
  readonly known: string[];
  bootedAt: number;
  jumpMs: number;
  sessionCount: number;
}

/** @source show configuration sessions on real devices: maxSavedSessions 1, maxOpenSessions 5 (asynceapi, scrapli_cfg) */
export const sessionLimits = { saved: 1, open: 5 } as const;

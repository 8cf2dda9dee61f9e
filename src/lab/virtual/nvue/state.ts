import type { Branch, Tree } from "./tree.ts";

/**
 * States of a revision.
 *
 * @source the list a deployed client checks against (gpncfg, `NT_VALID`), and `nv config revision` in Cumulus docs
 */
type RevisionState =
  | "pending"
  | "apply"
  | "verifying"
  | "ays"
  | "ays_fail"
  | "reloading"
  | "confirm"
  | "confirm_fail"
  | "invalid"
  | "applied"
  | "applied_and_saved"
  | "inactive"
  | "detached";

export interface Issue {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly location: string;
  readonly reason: string;
  readonly message: string;
}

export interface Revision {
  readonly id: string;
  state: RevisionState;
  tree: Tree;
  progress: string;
  issue: Issue[];
  /** What `nv config apply -m` would say. */
  message?: string;
}

/** All that an NVUE switch remembers. */
export interface NvueState {
  revisions: Revision[];
  next: number;
  /** Id of the revision that is in force. */
  applied: string;
  startup: Tree;
  header: Branch | undefined;
  path: string;
  /** The revision that is on its way, and how it was asked for. */
  applying?: {
    readonly revision: string;
    readonly previous: string;
    readonly ays: boolean;
    readonly confirmSeconds?: number;
    readonly autoConfirm: boolean;
  };
  /** The revision that waits for confirmation; `deadline` on the lab's clock. */
  confirm?: { readonly revision: string; readonly previous: string; readonly deadline: number };
  tokens: [token: string, expires: number][];
  /** Leaves the device came with: accepted as they stand. */
  readonly known: string[];
  factoryPassword: boolean;
  bootedAt: number;
  jumpMs: number;
}

/** Old revisions are kept for going back, but not for ever. */
export const maxRevisions = 12;

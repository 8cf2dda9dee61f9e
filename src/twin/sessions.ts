import type { AfiSafi } from "#model/bgp.ts";
import type { SourceSpan } from "#model/source.ts";

/** One neighbor statement (or accepted dynamic neighbor) and what becomes of it. */
export interface Session {
  readonly device: string;
  readonly networkInstance: string;
  /** The neighbor as configured: an address, or an interface for unnumbered ones. */
  readonly neighbor: string;
  readonly peerDevice?: string;
  readonly state: "established" | "down";
  /** Established: how the two ends found each other. Down: the first thing that keeps it from coming up. */
  readonly reason: string;
  readonly families: readonly AfiSafi[];
  /**
   * Down as far as is known, and why that may not be so: nothing of this network stands at the other end, which says
   * nothing bad where only a part was given; or what it hangs on isn't computed.
   */
  readonly undetermined?: "peer not given" | "not covered";
  readonly span?: SourceSpan;
  /** The other end's statement, where there is one. */
  readonly peerSpan?: SourceSpan;
}

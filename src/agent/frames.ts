import type { Frame } from "./frame.ts";
import { costFrames } from "./frames-cost.ts";
import { changeFrames } from "./frames-change.ts";
import { networkFrames } from "./frames-network.ts";
import { topologyFrames } from "./frames-topology.ts";

/** Every frame; operations that have none are reached by their command. */
export const frames: readonly Frame[] = [...networkFrames, ...topologyFrames, ...costFrames, ...changeFrames];

import { userInfo } from "node:os";
import { Failure } from "#model/failure.ts";
import type { Context } from "#operations/context.ts";
import { localFiles } from "./files.ts";

const needsServer = (): never => {
  throw new Failure("internal", "A local operation asked for the running factory.");
};

/** What operations on files get: the disk and the clock, and nothing of a running factory. */
export const localContext: Context = {
  principal: { kind: "operator", name: userInfo().username },
  scope: { kind: "all" },
  get factory() {
    return needsServer();
  },
  get changes() {
    return needsServer();
  },
  get access() {
    return needsServer();
  },
  files: localFiles,
  now: () => Date.now(),
  progress: () => {},
  audit: async () => {},
};

import { Failure } from "#model/failure.ts";
import type { DeviceSession, Target } from "../driver.ts";

export const connectEos = (target: Target): Promise<DeviceSession> =>
  Promise.reject(new Failure("unsupported", `${target.device}: not yet.`));

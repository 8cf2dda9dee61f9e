import { Failure } from "#model/failure.ts";
import type { DeviceSession, Target } from "../driver.ts";

export async function connectSonic(target: Target): Promise<DeviceSession> {
  throw new Failure("unsupported", `${target.device}: sessions are not there yet.`);
}

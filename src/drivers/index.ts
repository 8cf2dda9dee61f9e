import type { NosName } from "#model/device-config.ts";
import { Failure } from "#model/failure.ts";
import type { Driver } from "./driver.ts";
import { eos } from "./eos/index.ts";
import { nvue } from "./nvue/index.ts";
import { sonic } from "./sonic/index.ts";

/** Every network operating system that Heddle reads, writes and talks to. A new one is a folder and a word here. */
export const drivers = [eos, nvue, sonic] as const satisfies readonly Driver[];

/** @throws {Failure} unsupported */
export function driverFor(nos: NosName): Driver {
  const found = drivers.find((one) => one.nos === nos);
  if (found === undefined)
    throw new Failure(
      "unsupported",
      `Heddle has no driver for ${nos} yet. It has: ${drivers.map((one) => one.nos).join(", ")}.`,
    );
  return found;
}

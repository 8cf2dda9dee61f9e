import type { DeviceCertificate } from "../authority.ts";
import type { VirtualDevice } from "../device.ts";
import type { Speaker } from "../door.ts";
import { SonicBox } from "./box.ts";
import { gnmiSpeaker } from "./gnmi.ts";

/** A virtual SONiC switch behind gNMI. */
export class SonicDevice extends SonicBox implements VirtualDevice {
  speak(certificate: DeviceCertificate): Speaker {
    return gnmiSpeaker(this, certificate);
  }
}

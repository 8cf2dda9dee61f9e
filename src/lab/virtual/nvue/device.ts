import type { DeviceCertificate } from "../authority.ts";
import type { VirtualDevice } from "../device.ts";
import { httpsSpeaker, type Speaker } from "../door.ts";
import { NvueBox } from "./box.ts";
import { answerRest } from "./rest.ts";

/** A virtual Cumulus Linux switch behind the NVUE API. */
export class NvueDevice extends NvueBox implements VirtualDevice {
  speak(certificate: DeviceCertificate): Speaker {
    return httpsSpeaker(certificate, this.world.faults, (call) => {
      this.tick();
      return answerRest(this, call);
    });
  }
}

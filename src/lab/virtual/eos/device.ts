import type { DeviceCertificate } from "../authority.ts";
import type { VirtualDevice } from "../device.ts";
import { httpsSpeaker, type Speaker } from "../door.ts";
import { EosBox } from "./box.ts";
import { answerEapi } from "./eapi.ts";

/** A virtual Arista EOS switch: eAPI in front, config sessions behind. */
export class EosDevice extends EosBox implements VirtualDevice {
  speak(certificate: DeviceCertificate): Speaker {
    return httpsSpeaker(certificate, this.world.faults, (call) => {
      this.tick();
      return answerEapi(this, call);
    });
  }
}

/** The gNMI service as it stands on the wire, for those who answer it: the lab's virtual devices. */
export { gnmiService } from "./transport/gnmi.ts";

import { report, type Reading } from "./reading.ts";
import { at, childrenAt, ignore, textAt } from "./tree.ts";

/**
 * Snippets write files past NVUE. The one for ifupdown2's MTU policy is read; what goes into frr.conf is not, and said.
 *
 * @source Cumulus Linux NVUE-Snippets; the capture multi/netlab-fabrics/ebgp-2x4-evpn-symirb/cumulus_nvue
 */
export function readSnippets(reading: Reading): { readonly mtuBytes?: number } {
  let mtuBytes: number | undefined;
  for (const [name, node] of childrenAt(reading.tree, "system", "config", "snippet")) {
    const content = at(node, "content")?.value;
    const mtu = (at(node, "file")?.value ?? "").endsWith("/policy.d/mtu.json") ? defaultMtu(content) : undefined;
    if (mtu !== undefined) {
      mtuBytes = mtu;
      textAt(node, "content");
      textAt(node, "file");
      continue;
    }
    const text = node.value ?? content ?? "";
    if (name === "frr.conf" && hasNoEffect(text)) {
      ignore(node, "announces IPv4 routes of the default VRF by EVPN, which has no L3VNI");
      continue;
    }
    ignore(node, "text that NVUE puts into a file unread");
    report(reading, node, "nvue.snippet", `The snippet ${name} goes past NVUE into a file; Heddle does not read it.`, {
      remedy: "Say the same with NVUE commands.",
    });
  }
  return mtuBytes === undefined ? {} : { mtuBytes };
}

/** `{ "address": { "defaults": { "mtu": "1500" } } }` */
function defaultMtu(content: string | undefined): number | undefined {
  const match = /"mtu"\s*:\s*"?(\d{2,5})"?/.exec((content ?? "").slice(0, 4096));
  return match === null ? undefined : Number(match[1]);
}

const hasNoEffect = (text: string): boolean =>
  text
    .split("\n")
    .map((line) => line.trim())
    .every((line) =>
      /^(?:router bgp \d+|address-family l2vpn evpn|advertise ipv4 unicast|exit-address-family|!|exit)?$/.test(line),
    );

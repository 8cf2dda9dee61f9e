import type { Interface } from "#model/device-config.ts";
import { block, type Written } from "../../syntax/indented.ts";
import type { InterfaceDraft } from "../draft.ts";
import type { Handler, Table } from "../reader.ts";
import { pathOf } from "../text.ts";

/** `0000:0000:0202:0202:0202` as ten octets with colons. */
function parseEsi(text: string): string | undefined {
  const digits = text.replaceAll(/[:.]/g, "").toLowerCase();
  return /^[0-9a-f]{20}$/.test(digits) ? digits.replace(/(..)(?=.)/g, "$1:") : undefined;
}

/** As EOS writes it: five groups of four digits. */
const formatEsi = (esi: string): string => esi.replaceAll(":", "").replace(/(....)(?=.)/g, "$1:");

const lines: Table<InterfaceDraft> = new Map<string, Handler<InterfaceDraft>>([
  [
    "identifier",
    ({ words }, draft) => {
      const esi = parseEsi(words[1] ?? "");
      if (esi !== undefined) draft.segment = { ...draft.segment, esi };
      return esi !== undefined;
    },
  ],
  [
    "route-target",
    ({ words }, draft) => {
      if (words[1] !== "import" || words[2] === undefined) return false;
      draft.segment = { ...draft.segment, importRouteTarget: words[2] };
      return true;
    },
  ],
  [
    "redundancy",
    ({ words }, draft) => {
      if (words[1] === "single-active") draft.segment = { ...draft.segment, singleActive: true };
      return words[1] === "single-active" || words[1] === "all-active";
    },
  ],
  [
    "designated-forwarder",
    ({ words, block }, draft, reader) => {
      if (words[2] === "hold-time" || words[2] === "candidate") {
        reader.ignore(block, "when a designated forwarder is chosen again, not which one");
        return false;
      }
      const preference = Number(words[4]);
      if (words[2] !== "algorithm" || words[3] !== "preference" || !Number.isInteger(preference)) return false;
      draft.segment = { ...draft.segment, dfPreference: preference };
      return true;
    },
  ],
]);

/** `evpn ethernet-segment` under an interface. @source corpus eos/avd-feature-configs/ethernet-interfaces.cfg */
export const readEthernetSegment: Handler<InterfaceDraft> = ({ block }, draft, reader) => {
  reader.each(block.children, lines, draft);
  reader.mark(pathOf("interfaces", draft.name, "ethernetSegment"), block.line);
  return true;
};

export function writeEthernetSegment(port: Interface): Written[] {
  const segment = port.ethernetSegment;
  if (segment === undefined) return [];
  return [
    block("evpn ethernet-segment", [
      block(`identifier ${formatEsi(segment.esi)}`),
      ...(segment.singleActive === true ? [block("redundancy single-active")] : []),
      ...(segment.dfPreference === undefined
        ? []
        : [block(`designated-forwarder election algorithm preference ${segment.dfPreference}`)]),
      ...(segment.importRouteTarget === undefined ? [] : [block(`route-target import ${segment.importRouteTarget}`)]),
    ]),
  ];
}

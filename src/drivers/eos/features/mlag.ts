import { parseIpAddress } from "#net/ip.ts";
import type { DeviceConfig, Mlag } from "#model/device-config.ts";
import { block, type Written } from "../../syntax/indented.ts";
import type { DeviceDraft, Line } from "../draft.ts";
import type { Handler, Reader, Table } from "../reader.ts";
import { canonicalInterface, pathOf } from "../text.ts";

type Subject = NonNullable<DeviceDraft["mlag"]>;

const timing: Handler<Subject> = ({ block: line }, _mlag, reader) => {
  reader.ignore(line, "when MLAG ports come up or go down after a fault, not what they carry");
  return false;
};

const lines: Table<Subject> = new Map<string, Handler<Subject>>([
  [
    "domain-id",
    ({ words, no }, mlag) => {
      mlag.domainId = no ? undefined : words[1];
      return true;
    },
  ],
  [
    "local-interface",
    ({ words, no }, mlag) => {
      mlag.localInterface = no ? undefined : canonicalInterface(words[1] ?? "", words[2]);
      return no || mlag.localInterface !== undefined;
    },
  ],
  [
    "peer-link",
    ({ words, no }, mlag) => {
      mlag.peerLink = no ? undefined : canonicalInterface(words[1] ?? "", words[2]);
      return no || mlag.peerLink !== undefined;
    },
  ],
  [
    "peer-address",
    ({ words, no }, mlag) => {
      const heartbeat = words[1] === "heartbeat";
      const address = parseIpAddress(words[heartbeat ? 2 : 1] ?? "");
      if (heartbeat) mlag.backupAddress = no ? undefined : address;
      else mlag.peerAddress = no ? undefined : address;
      return no || address !== undefined;
    },
  ],
  [
    "shutdown",
    ({ no }, mlag) => {
      mlag.shutdown = !no;
      return true;
    },
  ],
  ["reload-delay", timing],
  ["dual-primary", timing],
  ["heartbeat-interval", timing],
]);

/** `mlag configuration`, also spelled `mlag`. */
export function readMlag(line: Line, reader: Reader): boolean {
  if (line.words[1] !== undefined && line.words[1] !== "configuration") return false;
  if (line.no) {
    delete reader.draft.mlag;
    return true;
  }
  reader.draft.mlag ??= {};
  reader.draft.mlag.line = line.block.line;
  reader.each(line.block.children, lines, reader.draft.mlag);
  reader.mark(pathOf("mlag"), line.block.line);
  return true;
}

export function buildMlag(draft: DeviceDraft): Mlag | undefined {
  const told = draft.mlag;
  if (told === undefined || told.shutdown === true) return undefined;
  const { domainId, peerLink, localInterface, peerAddress, backupAddress } = told;
  return {
    ...(domainId === undefined ? {} : { domainId }),
    ...(peerLink === undefined ? {} : { peerLink }),
    ...(localInterface === undefined ? {} : { localInterface }),
    ...(peerAddress === undefined ? {} : { peerAddress }),
    ...(backupAddress === undefined ? {} : { backupAddress }),
  };
}

export function writeMlag({ mlag }: DeviceConfig): Written[] {
  if (mlag === undefined) return [];
  return [
    block("mlag configuration", [
      ...(mlag.domainId === undefined ? [] : [block(`domain-id ${mlag.domainId}`)]),
      ...(mlag.localInterface === undefined ? [] : [block(`local-interface ${mlag.localInterface}`)]),
      ...(mlag.peerAddress === undefined || mlag.peerAddress === "link-local"
        ? []
        : [block(`peer-address ${mlag.peerAddress}`)]),
      ...(mlag.backupAddress === undefined ? [] : [block(`peer-address heartbeat ${mlag.backupAddress}`)]),
      ...(mlag.peerLink === undefined ? [] : [block(`peer-link ${mlag.peerLink}`)]),
    ]),
  ];
}

import type { Cable } from "#model/fabric.ts";
import { cableReaches, optics } from "../catalogue.ts";
import type { CageKind } from "../hardware.ts";

/** One end of a cable to be chosen: the cage, and how many links share it. */
export interface CableEnd {
  readonly cage: CageKind;
  readonly ways: number;
}

export type CableChoice =
  | { readonly ok: true; readonly kind: Cable["kind"]; readonly opticA?: string; readonly opticB?: string }
  | { readonly ok: false; readonly code: "cable-length" | "optic-fit" | "no-cable"; readonly message: string };

const stocked = [0.5, 1, 1.5, 2, 2.5, 3, 5, 7, 10, 15, 20, 30, 40, 50, 75, 100];

/** The next length that is sold, metres. */
export const stockedLength = (metres: number): number =>
  stocked.find((length) => length >= metres) ?? Math.ceil(metres / 50) * 50;

const directKinds = new Set<string>(["copper", "dac", "acc", "aoc"]);

/**
 * The cheapest cable that fits both cages and the distance: copper, active copper, active optical, then modules with
 * multimode and single-mode fibre. `wanted` and `optic` (the end of the switch) narrow the choice and are refused by
 * name when they don't fit.
 */
export function selectCable(
  a: CableEnd,
  b: CableEnd,
  speedBps: number,
  metres: number,
  wanted: Cable["kind"] | "auto" = "auto",
  optic?: string,
  fanned = false,
): CableChoice {
  if (fanned && directKinds.has(wanted))
    return {
      ok: false,
      code: "no-cable",
      message: `${wanted} joins whole cages, and here the parts of one cage lead to different switches.`,
    };
  if (!fanned && optic === undefined && (wanted === "auto" || directKinds.has(wanted))) {
    const fitting = cableReaches.filter(
      ({ kind, cages }) => (wanted === "auto" || kind === wanted) && cages.includes(a.cage) && cages.includes(b.cage),
    );
    const reaching = fitting.find(({ maxMetres }) => metres <= maxMetres);
    if (reaching !== undefined) return { ok: true, kind: reaching.kind };
    if (wanted !== "auto") {
      const most = Math.max(0, ...fitting.map(({ maxMetres }) => maxMetres));
      return most === 0
        ? { ok: false, code: "no-cable", message: `No ${wanted} is sold between ${a.cage} and ${b.cage}.` }
        : {
            ok: false,
            code: "cable-length",
            message: `${metres} m is too long for ${wanted}, which reaches ${most} m between ${a.cage} and ${b.cage}.`,
          };
    }
  }
  return selectOptics(a, b, speedBps, metres, wanted, optic);
}

function selectOptics(
  a: CableEnd,
  b: CableEnd,
  speedBps: number,
  metres: number,
  wanted: Cable["kind"] | "auto",
  optic?: string,
): CableChoice {
  const named = optic === undefined ? undefined : Object.hasOwn(optics, optic) ? optics[optic] : undefined;
  if (optic !== undefined && named === undefined)
    return { ok: false, code: "optic-fit", message: `No optic "${optic}" in the catalogue.` };
  if (named !== undefined && named.cage !== a.cage)
    return {
      ok: false,
      code: "optic-fit",
      message: `${optic} is a ${named.cage} module and doesn't fit the ${a.cage} cage.`,
    };
  let tooShort = 0;
  for (const medium of ["fibre-mm", "fibre-sm"] as const) {
    if (wanted !== "auto" && wanted !== medium) continue;
    for (const [keyA, opticA] of Object.entries(optics)) {
      if (opticA.medium !== medium || opticA.cage !== a.cage || (optic !== undefined && keyA !== optic)) continue;
      for (const { line, ways, speedBps: lineBps } of opticA.lines) {
        if (lineBps !== speedBps || ways !== a.ways) continue;
        for (const [keyB, opticB] of Object.entries(optics)) {
          if (opticB.cage !== b.cage || !opticB.lines.some((one) => one.line === line && one.ways === b.ways)) continue;
          const reach = Math.min(opticA.reachMetres, opticB.reachMetres);
          if (metres <= reach) return { ok: true, kind: medium, opticA: keyA, opticB: keyB };
          tooShort = Math.max(tooShort, reach);
        }
      }
    }
  }
  if (tooShort > 0)
    return {
      ok: false,
      code: "cable-length",
      message: `${metres} m is too long: the longest optics between ${a.cage} and ${b.cage} reach ${tooShort} m.`,
    };
  return optic === undefined
    ? {
        ok: false,
        code: "no-cable",
        message: `The catalogue has no cable or optics between ${a.cage} and ${b.cage} at ${speedBps / 1e9}G.`,
      }
    : {
        ok: false,
        code: "optic-fit",
        message: `${optic} has no partner for ${b.cage} at ${speedBps / 1e9}G in ${a.ways} ways.`,
      };
}

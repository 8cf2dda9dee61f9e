import type { Finding } from "#model/finding.ts";
import type { SourceFile } from "#model/source.ts";
import type { ParsedFrr } from "../syntax/frr/config.ts";
import type { Draft } from "./draft.ts";

export const readFrrFiles = (_files: readonly SourceFile[]): readonly ParsedFrr[] => [];
export function mergeFrr(_draft: Draft, _frr: ParsedFrr, _findings: Finding[]): void {}

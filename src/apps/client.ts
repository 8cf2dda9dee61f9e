import { Failure, failureKinds, type FailureKind } from "#model/failure.ts";
import type { Finding } from "#model/finding.ts";
import { methodOf, pathOf } from "#operations/openapi.ts";
import type { AnyOperation } from "#operations/operation.ts";
import { readAddress } from "./state-dir.ts";

/**
 * Calls an operation of the server that runs on this machine.
 *
 * @throws {Failure} unreachable, when none runs; else what the server said
 */
export async function callServer(
  stateDir: string,
  operation: AnyOperation,
  input: Readonly<Record<string, unknown>>,
  onProgress: (line: string) => void,
  more: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const address = addressOf(stateDir);
  const headers = { authorization: `Bearer ${address.token}`, "content-type": "application/json", ...more };
  const isRead = methodOf(operation) === "get";
  const url = new URL(pathOf(operation), address.url);
  if (isRead)
    for (const [name, value] of Object.entries(input))
      for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(one));
  const follow = new AbortController();
  const watching = operation.effect === "apply" ? watch(address, follow.signal, onProgress) : undefined;
  try {
    const response = await fetch(url, isRead ? { headers } : { method: "POST", headers, body: JSON.stringify(input) });
    const body: unknown = await response.json();
    if (!response.ok) throw failureOf(body);
    return body;
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure("unreachable", `The server at ${address.url} does not answer. Start it with \`npm start\`.`, {
      cause: error,
    });
  } finally {
    follow.abort();
    await watching;
  }
}

/** @throws {Failure} unreachable */
export function addressOf(stateDir: string): { readonly url: string; readonly token: string } {
  const url = process.env["HEDDLE_URL"];
  const token = process.env["HEDDLE_TOKEN"];
  if (url !== undefined && token !== undefined) return { url, token };
  const address = readAddress(stateDir);
  if (address === undefined)
    throw new Failure(
      "unreachable",
      "Heddle is not running here. Start it with `npm start`, or set HEDDLE_URL and HEDDLE_TOKEN.",
    );
  return { url: url ?? address.url, token: token ?? address.token };
}

function failureOf(body: unknown): Failure {
  const { error } = body as { error?: { kind?: string; message?: string; findings?: Finding[] } }; // our own server's body
  const kind =
    error?.kind !== undefined && Object.hasOwn(failureKinds, error.kind) ? (error.kind as FailureKind) : "internal";
  return new Failure(kind, error?.message ?? "The server answered in a way that is not understood.", {
    findings: error?.findings ?? [],
  });
}

/** Progress lines while an operation runs. Losing them loses nothing. */
async function watch(
  address: { url: string; token: string },
  signal: AbortSignal,
  onProgress: (line: string) => void,
): Promise<void> {
  try {
    const response = await fetch(new URL("/api/v1/events", address.url), {
      headers: { authorization: `Bearer ${address.token}` },
      signal,
    });
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of response.body ?? []) {
      rest += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = rest.split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const kind = /^event: (.*)$/m.exec(block)?.[1];
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (kind === "progress" && data !== undefined) onProgress((JSON.parse(data) as { line: string }).line);
      }
    }
  } catch {
    // Aborted at the end, or the stream broke: the answer itself comes another way.
  }
}

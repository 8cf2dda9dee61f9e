import { rmSync } from "node:fs";
import { Failure, failureKinds } from "#model/failure.ts";
import { formatFinding } from "#model/finding.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { asFailure } from "#operations/invoke.ts";
import { safeText } from "#operations/table.ts";
import { startHttp } from "./http.ts";
import { parseOptions, usage } from "./options.ts";
import { registry } from "./registry.ts";
import { startRuntime, webDir } from "./runtime.ts";
import { publishAddress, stateDirOf, withdrawAddress } from "./state-dir.ts";
import { version } from "./version.ts";
import { rehearse } from "./warm-up.ts";

const started = performance.now();
const say = (line: string): void =>
  console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${safeText(line)}`);

/** `npm start`: everything up, then the address of the page and three commands to try. */
async function main(argv: readonly string[]): Promise<void> {
  const options = parseOptions(argv);
  if (options.help) {
    console.log(usage);
    return;
  }
  const stateDir = stateDirOf(options.stateDir);
  if (options.fresh) rmSync(stateDir, { recursive: true, force: true });
  const runtime = await startRuntime(options, say);
  const token = await runtime.tokens.renew({ kind: "operator", name: "operator" });
  const { server, url } = await startHttp({
    registry,
    host: options.host,
    port: options.port,
    webDir,
    version,
    authenticate: (request) => {
      const bearer = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
      return bearer === undefined ? undefined : runtime.tokens.find(bearer);
    },
    contextFor: runtime.contextFor,
    events: (principal, signal) => visibleTo(principal.tenant, runtime.events.listen(signal)),
    log: (line) => console.error(line),
  }).catch((cause: unknown) => {
    throw new Failure(
      "conflict",
      `Port ${options.port} of ${options.host} can't be opened: ${(cause as Error).message}. Use --port with another, or 0.`,
      { cause },
    );
  });
  publishAddress(stateDir, { url, token, pid: process.pid });
  const { costs, twin } = runtime.factory;
  say(
    `twin: ${twin.sessions.filter((one) => one.state === "established").length} of ${twin.sessions.length} sessions established; ${costs.tenants.length} tenants`,
  );
  for (const one of await runtime.resume()) say(`resumed ${one.id}: ${one.state}`);
  rehearse(runtime.factory.snapshot, runtime.factory.book);
  printWelcome(url, token, runtime.factory.snapshot);

  let ending = false;
  const end = async (): Promise<void> => {
    if (ending) return;
    ending = true;
    withdrawAddress(stateDir);
    server.close();
    await runtime[Symbol.asyncDispose]();
    process.exit(0);
  };
  process.on("SIGINT", () => void end());
  process.on("SIGTERM", () => void end());
}

async function* visibleTo<T extends { readonly tenant?: string }>(
  tenant: string | undefined,
  events: AsyncIterable<T>,
): AsyncGenerator<T> {
  for await (const event of events) if (tenant === undefined || event.tenant === tenant) yield event;
}

function printWelcome(url: string, token: string, snapshot: Snapshot): void {
  console.log(`
Heddle is up.

  ${url}/login?token=${token}

Try:

${hintsFor(snapshot)
  .map((hint) => `  npx heddle ${safeText(hint)}`)
  .join("\n")}
`);
}

/** Commands that work on this fabric: tenants only where there are addresses to give them. */
function hintsFor({ fabric, tenants }: Snapshot): readonly string[] {
  const [device = "leaf-1"] = Object.keys(fabric.switches);
  if (fabric.plan === undefined) return ["status", "sessions", `routes ${device}`];
  const taken = new Set(tenants.flatMap((one) => one.hosts));
  const free = Object.values(fabric.hosts).filter((one) => one.role === "gpu" && !taken.has(one.name));
  const nics = free[0]?.nics.filter((one) => one.purpose === "computeFabric") ?? [];
  const gbps = Math.min(...nics.map((one) => one.speedBps)) / 1e9;
  const hosts = free.slice(0, 4).map((one) => one.name);
  const [one = "acme", other = "globex"] = tenants.map((each) => each.name);
  return [
    "status",
    hosts.length === 0 || !Number.isFinite(gbps)
      ? "tenant list"
      : `tenant create acme --hosts ${formatNames(hosts)} --gbps ${gbps}`,
    tenants.length > 0 ? `ask "can ${one} reach ${other}?"` : "sessions",
  ];
}

/** `su1-h1 su1-h2 su1-h3` is `su1-h1..h3`, where the numbers follow each other. */
function formatNames(names: readonly string[]): string {
  const split = names.map((name) => /^(.*?)([a-z]*)(\d+)$/i.exec(name));
  const [first] = split;
  const last = split.at(-1);
  const follows = split.every(
    (each, index) =>
      each?.[1] === first?.[1] && each?.[2] === first?.[2] && Number(each?.[3]) === Number(first?.[3]) + index,
  );
  return names.length > 1 && follows && first !== null && last !== null
    ? `${names[0]}..${last?.[2]}${last?.[3]}`
    : names.join(" ");
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const failure = asFailure(error);
  console.error(`${failure.kind}: ${failure.message}`);
  for (const finding of failure.findings.slice(0, 20)) console.error(`  ${formatFinding(finding)}`);
  if (failure.kind === "internal") console.error((failure.cause as Error | undefined)?.stack ?? failure.stack);
  process.exit(failureKinds[failure.kind].exit);
}

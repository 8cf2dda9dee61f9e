import { expect, test } from "vitest";
import { Session } from "./replay.ts";

interface Journal {
  readonly events: readonly { readonly kind: string; readonly detail: string }[];
}
interface ChangeOutput {
  readonly state: string;
}

/** Kills the server after its nth journal event during an apply, starts it again, and looks at what became of it. */
async function crashAt(n: number, order: "apply" | "rollback"): Promise<boolean> {
  await using session = new Session();
  await session.start(order === "apply" ? { HEDDLE_CRASH_AFTER: String(n) } : {});
  session.run("heddle tenant create acme --hosts su1-h1 --gbps 400");
  session.run("heddle --yes change approve chg-1");
  session.run("heddle --yes change apply chg-1");
  if (order === "rollback") {
    await session.kill("SIGTERM");
    await session.start({ HEDDLE_CRASH_AFTER: String(n) });
    session.run("heddle --yes change rollback chg-1");
  }
  const crashed = !session.run("heddle status").includes("GPUs");
  if (crashed) {
    await session.ended();
    await session.start();
  }
  const changes = (session.json("heddle change list") as { changes: unknown[] }).changes;
  const { state } = session.json("heddle change show chg-1") as ChangeOutput;
  const { events } = session.json("heddle change journal chg-1") as Journal;
  expect(changes).toHaveLength(1);
  // All old or all new: where the plan alone was made, it still waits for a person.
  expect(["planned", "approved", order === "apply" ? "closed" : "rolled-back", "closed"]).toContain(state);
  const steps = events
    .filter((one) => one.kind === "step.done" || one.kind === "undo.done")
    .map((one) => `${one.kind} ${one.detail}`);
  expect(new Set(steps).size, "no step is done twice").toBe(steps.length);
  const tenants = session.run("heddle tenant list");
  expect(tenants.includes("acme")).toBe(state === "closed");
  expect(session.run("heddle drift")).toContain("No drift");
  expect(session.run("heddle audit list --limit 1")).toContain("verify");
  expect(session.run("heddle fabric verify")).toContain("isolation holds");
  return crashed;
}

test("a server that dies after any journal event of an apply comes back to all old or all new", async () => {
  let crashes = 0;
  for (let n = 1; ; n++) {
    if (!(await crashAt(n, "apply"))) break;
    crashes++;
  }
  expect(crashes).toBeGreaterThan(20);
});

test("and so does one that dies during a rollback", async () => {
  for (let n = 1; n <= 16; n += 5) expect(await crashAt(n, "rollback"), `event ${n}`).toBe(true);
});

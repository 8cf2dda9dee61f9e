import { existsSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import type { Principal } from "#model/change.ts";
import type { Context } from "#operations/context.ts";
import { commandLine, runCommandLine } from "#operations/command-line.ts";
import { invoke } from "#operations/invoke.ts";
import { Answer } from "./ask.ts";
import { exampleFactory, registry } from "./testing.ts";

const file = new URL("../../../shared/questions/dev.jsonl", import.meta.url);

interface Question {
  readonly id: string;
  readonly outcome: string;
  readonly caller: string;
  readonly question: string;
}

/** Sample names of the questions, and what stands for them in the example factory. */
const names: readonly (readonly [string, string])[] = [
  ["leaf-r3-2 port 17", "leaf-su1-r3-p1 port Ethernet0"],
  ["leaf-r3-2", "leaf-su1-r3-p1"],
  ["leaf-r1-1", "leaf-su1-r1-p1"],
  ["leaf-r2-4", "leaf-su2-r2-p1"],
  ["leaf-r2-1", "leaf-su1-r2-p1"],
  ["spine-04", "spine-4"],
  ["spine-02", "spine-2"],
  ["gpu-0417", "su1-h5"],
  ["gpu-0932", "su2-h5"],
  ["gpu-0211", "su1-h6"],
  ["gpu-0050", "su1-h1"],
  ["llm-70b-pre", "llm-70b"],
  ["mixtral-ft", "llm-70b"],
  ["aurora", "initech"],
  ["basalt", "globex"],
  ["cobalt", "globex"],
  ["pod 3", "pod 2"],
  ["CHG-118", "chg-1"],
  ["CHG-131", "chg-1"],
];
const inThisWorld = (text: string): string => names.reduce((said, [from, to]) => said.replaceAll(from, to), text);

const callerOf = (caller: string): Principal =>
  caller === "operator:all"
    ? { kind: "operator", name: "ada" }
    : { kind: "tenant", name: "tess", tenant: inThisWorld(caller.split(":")[1] ?? "") };

/**
 * What Heddle says to each today: the outcome and the command it understood. Where the set wants more, the honest
 * outcome is that Heddle does not have it; a change here is a change of what people are told.
 */
const told: Readonly<Record<string, readonly [Answer["outcome"], string?]>> = {
  "dev-001": ["answer", "heddle status"],
  "dev-002": ["answer", "heddle device neighbors leaf-su1-r3-p1 ethernet0"],
  "dev-003": ["answer", "heddle path su1-h5 su2-h5 --rail 3"],
  "dev-004": ["answer", "heddle capacity 2 --fabric computeFabric"],
  "dev-005": ["answer", "heddle cabling"],
  "dev-006": ["abstain"],
  "dev-007": ["answer", "heddle ports --gbps 400 --unit 1 --role leaf"],
  "dev-008": ["answer", "heddle whatif spine-4"],
  "dev-009": ["abstain"],
  "dev-010": ["abstain"],
  "dev-011": ["answer", "heddle fabric verify"],
  "dev-012": ["abstain"],
  "dev-013": ["abstain"],
  "dev-014": ["answer", "heddle health leaf-su1-r1-p1"],
  "dev-015": ["abstain"],
  "dev-016": ["answer", "heddle health su1-h6"],
  "dev-017": ["answer", "heddle sessions --down"],
  "dev-018": ["clarify"],
  "dev-019": ["answer", "heddle health leaf-su2-r2-p1"],
  "dev-020": ["answer", "heddle telemetry freshness"],
  "dev-021": ["abstain"],
  "dev-022": ["answer", "heddle tenant list"],
  "dev-023": ["answer", "heddle reach initech globex"],
  "dev-024": ["answer", "heddle reach su1-h1 @storage"],
  "dev-025": ["answer", "heddle change list --tenant globex --since 2026-11-01T00:00:00.000Z"],
  "dev-026": ["refuse"],
  "dev-027": ["abstain", "heddle tenant resize initech --more 16 --unit 2"],
  "dev-028": ["answer", "heddle sharing"],
  "dev-029": ["abstain"],
  "dev-030": ["answer", "heddle usage"],
  "dev-031": ["answer", "heddle job list"],
  "dev-032": ["answer", "heddle job explain llm-70b"],
  "dev-033": ["answer", "heddle job explain llm-70b"],
  "dev-034": ["plan", "heddle place 64"],
  "dev-035": ["answer", "heddle job list --using leaf-su1-r1-p1--spine-2"],
  "dev-036": ["abstain"],
  "dev-037": ["abstain"],
  "dev-038": ["answer", "heddle job list --state queued"],
  "dev-039": ["abstain"],
  "dev-040": ["abstain"],
  "dev-041": ["abstain"],
  "dev-042": ["abstain"],
  "dev-043": ["abstain"],
  "dev-044": ["abstain"],
  "dev-045": ["abstain"],
  "dev-046": ["abstain"],
  "dev-047": ["abstain"],
  "dev-048": ["plan", "heddle place --gpus 256"],
  "dev-049": ["abstain"],
  "dev-050": ["refuse"],
  "dev-051": ["answer", "heddle drift leaf-su1-r1-p1"],
  "dev-052": ["plan", "heddle whatif leaf-su1-r3-p1"],
  "dev-053": ["abstain"],
  "dev-054": ["refuse"],
  "dev-055": ["abstain"],
  "dev-056": ["refuse"],
  "dev-057": ["abstain"],
  "dev-058": ["answer", "heddle change show chg-1"],
  "dev-059": ["answer", "heddle fabric verify"],
  "dev-060": ["refuse"],
  "dev-061": ["answer", "heddle link list --down --top 100"],
  "dev-062": ["abstain"],
  "dev-063": ["abstain"],
  "dev-064": ["clarify"],
  "dev-065": ["answer", "heddle reach initech @storage"],
  "dev-066": ["abstain"],
  "dev-067": ["abstain"],
};

describe.skipIf(!existsSync(file))("the 67 development questions (../shared/questions)", () => {
  const questions = existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Question) // the shared file's own format
    : [];
  const answers = new Map<string, Answer>();
  let contextFor: (principal: Principal) => Context;

  beforeAll(async () => {
    const world = await exampleFactory();
    contextFor = world.contextFor;
    await ask("give initech another host", { kind: "operator", name: "ada" });
    for (const one of questions) answers.set(one.id, await ask(inThisWorld(one.question), callerOf(one.caller)));
  }, 120_000);

  async function ask(question: string, principal: Principal): Promise<Answer> {
    return Answer.parse(await invoke(registry.get("ask"), { question }, contextFor(principal)));
  }

  test("each is told what it is told, and the command it was understood as", () => {
    const said = questions.map(({ id, question }) => {
      const answer = answers.get(id);
      return [id, inThisWorld(question), answer?.outcome, answer?.understood];
    });
    expect(said).toEqual(
      questions.map(({ id, question }) => [id, inThisWorld(question), told[id]?.[0], told[id]?.[1]]),
    );
  });

  test("none is answered that must not be: what the set refuses is refused, what it can't know is no answer", () => {
    const mayBe: Readonly<Record<string, readonly Answer["outcome"][]>> = {
      answer: ["answer", "plan", "clarify", "abstain"],
      plan: ["plan", "answer", "clarify", "abstain"],
      approval: ["plan", "clarify", "abstain", "refuse"],
      clarify: ["clarify", "abstain"],
      abstain: ["abstain"],
      refuse: ["refuse"],
    };
    for (const { id, outcome } of questions)
      expect([id, mayBe[outcome]]).toEqual([id, expect.arrayContaining([answers.get(id)?.outcome])]);
  });

  test("how many come out as the set wants", () => {
    const wanted = (outcome: string): string => (outcome === "approval" ? "plan" : outcome);
    const rows = ["answer", "plan", "clarify", "abstain", "refuse"].map((outcome) => {
      const asked = questions.filter((one) => wanted(one.outcome) === outcome);
      return {
        outcome,
        asked: asked.length,
        so: asked.filter((one) => answers.get(one.id)?.outcome === outcome).length,
      };
    });
    console.log(rows.map((one) => `${one.outcome}: ${one.so} of ${one.asked}`).join(", "));
    expect(rows.reduce((sum, one) => sum + one.so, 0)).toBeGreaterThanOrEqual(38);
  });

  test("every number of an answer comes from a record, and its command, typed, asks for the same", async () => {
    for (const [id, answer] of answers) {
      if (answer.understood === undefined) continue;
      if (answer.outcome === "answer" || answer.outcome === "plan")
        expect([id, answer.claims.some((one) => one.evidence.length > 0)]).toEqual([id, true]);
      const [operation, input] = await typed(answer.understood);
      expect([id, registry.get(operation).input.safeParse(input).success]).toEqual([id, true]);
    }
  });
});

/** What the command line makes of a command: the operation and its input. */
async function typed(command: string): Promise<[string, Readonly<Record<string, unknown>>]> {
  let made: [string, Readonly<Record<string, unknown>>] | undefined;
  const program = commandLine(registry, {
    run: async (operation, input) => {
      made = [operation.name, input];
    },
    readFile: () => "",
    write: () => {},
    writeError: () => {},
  });
  await runCommandLine(program, command.split(" ").slice(1));
  if (made === undefined) throw new Error(`no operation is called by ${command}`);
  return made;
}

describe("a caller who sees one tenant", () => {
  let contextFor: (principal: Principal) => Context;
  beforeAll(async () => {
    contextFor = (await exampleFactory()).contextFor;
  });
  const tess: Principal = { kind: "tenant", name: "tess", tenant: "initech" };
  const ask = async (question: string): Promise<Answer> =>
    Answer.parse(await invoke(registry.get("ask"), { question }, contextFor(tess)));

  test.each([
    "what jobs is NAME running?",
    "what does NAME cost per hour?",
    "can initech reach NAME?",
    "is NAME isolated?",
    "give NAME two more hosts",
    "approve the change of NAME",
    "is NAME over budget?",
    "show NAME's hosts",
    "NAME",
  ])("%s: hears the same of another tenant and of nobody", async (question) => {
    const [theirs, nobodys] = [
      await ask(question.replace("NAME", "globex")),
      await ask(question.replace("NAME", "umbrella")),
    ];
    expect(theirs.outcome).toBe("refuse");
    expect(JSON.stringify(theirs).replaceAll("globex", "")).toBe(JSON.stringify(nobodys).replaceAll("umbrella", ""));
  });

  test("is never shown a name of another's in what is suggested", async () => {
    for (const question of [
      "help",
      "is it slow",
      "what is going on",
      "which link is hot",
      "show me the config",
      "who changed what today",
    ])
      expect(JSON.stringify(await ask(question))).not.toMatch(/globex|llm-70b|spine-|leaf-|su1-h/);
  });
});

describe("what a sentence says is not passed over", () => {
  let contextFor: (principal: Principal) => Context;
  beforeAll(async () => {
    contextFor = (await exampleFactory()).contextFor;
  });
  test.each([
    ["which links were hottest yesterday?", "abstain"],
    ["which links are hottest in pod 2?", "abstain"],
    ["which links of globex are hottest?", "abstain"],
    ["what jobs is umbrella running?", "abstain"],
    ["what does globex cost per hour?", "answer"],
    ["what did globex cost last month?", "abstain"],
    ["apply chg-77", "abstain"],
    ["give initech two more hosts in pod 2", "plan"],
    ["can you give initech two more hosts?", "plan"],
    ["which tenant owns su2-h1?", "answer"],
    ["give initech two more hosts in pod 9", "abstain"],
  ] as const)("%s: %s", async (question, outcome) => {
    const context = contextFor({ kind: "operator", name: "ada" });
    expect(Answer.parse(await invoke(registry.get("ask"), { question }, context))).toMatchObject({ outcome });
  });

  test("a question never becomes a Change", async () => {
    const { contextFor: context, records } = await exampleFactory();
    for (const question of [
      "can we fit 3 more hosts for initech?",
      "should we give initech more hosts?",
      "what if we delete tenant globex?",
      "is it time to end llm-70b?",
      "could globex grow by 2 hosts?",
    ])
      await invoke(registry.get("ask"), { question }, context({ kind: "operator", name: "ada" }));
    expect(records).toEqual([]);
  });

  test("a tenant's jobs are its jobs", async () => {
    const context = contextFor({ kind: "operator", name: "ada" });
    const question = "what jobs is globex running at the moment?";
    expect(await invoke(registry.get("ask"), { question }, context)).toMatchObject({
      understood: "heddle job list --tenant globex",
    });
  });

  test("approve, apply and undo get their command and nothing is done", async () => {
    const context = contextFor({ kind: "operator", name: "ada" });
    const ask = async (question: string) => Answer.parse(await invoke(registry.get("ask"), { question }, context));
    const { change = "" } = await ask("give initech another host");
    for (const [words, verb] of [
      ["approve", "approve"],
      ["please apply", "apply"],
      ["roll back change", "rollback"],
      ["undo", "rollback"],
    ] as const)
      expect(await ask(`${words} ${change}`)).toMatchObject({
        outcome: "refuse",
        options: [`heddle change ${verb} ${change}`],
      });
  });
});

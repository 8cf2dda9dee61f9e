import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Session } from "../examples/replay.ts";

const executablePath = process.env["HEDDLE_CHROMIUM"] ?? "/usr/bin/chromium";
const pictures = join(import.meta.dirname, "../docs/pictures");
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const desk = { width: 1600, height: 1000 };
const phone = { width: 390, height: 844 };

interface Opened {
  readonly page: Page;
  /** Errors of the console and the page, and requests to other hosts. */
  readonly trouble: string[];
}

describe.skipIf(!existsSync(executablePath))("the page in a real browser (needs Debian's chromium)", () => {
  const session = new Session();
  let browser: Browser;
  let address: string;

  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    await session.start();
    address = /http:\/\/\S+\/login\?token=\S+/.exec(session.log)?.[0] ?? "";
    browser = await chromium.launch({ executablePath, args: flags });
  });
  afterAll(async () => {
    await browser?.close();
    await session[Symbol.asyncDispose]();
  });

  async function open(path: string, colorScheme: "light" | "dark", viewport = desk): Promise<Opened> {
    const context = await browser.newContext({ colorScheme, viewport, reducedMotion: "reduce" });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const trouble: string[] = [];
    page.on("pageerror", (error) => trouble.push(String(error)));
    page.on("console", (message) => message.type() === "error" && trouble.push(message.text()));
    page.on("request", (request) => {
      if (!request.url().startsWith("data:") && new URL(request.url()).host !== new URL(address).host)
        trouble.push(`foreign request: ${request.url()}`);
    });
    await page.goto(address);
    if (path !== "/") await page.goto(new URL(path, address).href);
    await page.getByRole("heading", { level: 2 }).first().waitFor();
    return { page, trouble };
  }

  async function close({ page, trouble }: Opened): Promise<void> {
    expect(trouble).toEqual([]);
    await page.context().close();
  }

  async function picture(page: Page, name: string): Promise<void> {
    const path = join(pictures, `${name}.png`);
    await page.mouse.move(2, 2);
    await page.waitForTimeout(250);
    await page.screenshot({ path });
    expect(statSync(path).size).toBeLessThan(400_000);
  }

  const sidewaysBy = (page: Page): Promise<number> =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

  /** Switches and hosts on the map now. */
  const drawn = (page: Page): Promise<{ hosts: number; nodes: number }> =>
    page.evaluate(() => {
      const names = (kind: string) =>
        new Set([...document.querySelectorAll(`.map ${kind}`)].map((one) => one.getAttribute("data-node"))).size;
      return { hosts: names("[data-kind=host]"), nodes: names("[data-node]") };
    });

  test("every fabric is drawn with all that is in it, in light, in dark and on a phone", async () => {
    const light = await open("/", "light");
    const { page } = light;
    await page.getByRole("region", { name: "Map of the Compute fabric" }).waitFor();
    expect(await drawn(page)).toEqual({ hosts: 16, nodes: 16 + 16 + 4 });
    expect(await page.locator(".map circle.knot").count()).toBe(192); // 128 links of hosts, 64 pairs of leaf and spine
    expect(await page.locator(".map .tag:not(.free)").count()).toBe(7);
    expect(await page.locator("nav[aria-label=Places] a").count()).toBe(5);
    await page.getByText("Live").waitFor();
    await picture(page, "fabric-light");

    await page.locator(".map .knot").first().hover({ force: true });
    await page.getByText(/^2 links of \d+ Gb\/s/).waitFor();
    await page.getByText("Carries llm-70b").waitFor();
    await page.getByRole("button", { name: "leaf-su1-r1-p1" }).focus();
    await page.keyboard.press("Enter");
    const details = page.getByRole("region", { name: "Details of leaf-su1-r1-p1" });
    expect(await details.getByRole("row").count()).toBe(1 + 8 + 4 * 2); // the heading, eight hosts, two links to each of four spines
    await details.getByRole("button", { name: "Configuration" }).click();
    await page.getByRole("dialog").getByText("leaf-su1-r1-p1/config_db.json").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });

    await page.getByRole("button", { name: "initech", exact: true }).click();
    expect(await page.locator(".map .knot:not(.dim)").count()).toBe(2 * 8); // its two hosts, by eight rails
    await page.keyboard.press("Escape");
    expect(await page.locator(".map .knot.dim").count()).toBe(0);

    await page.getByText("Front end + storage").click();
    expect(await drawn(page)).toEqual({ hosts: 16 + 4, nodes: 20 + 2 + 3 });
    await page.getByText("Out of band").click();
    expect(await page.locator(".map .port").count()).toBe(46);
    expect(await page.locator(".map svg path").count()).toBe(0); // one switch with 46 ports is no web of lines
    await close(light);

    const dark = await open("/", "dark");
    await dark.page.getByRole("region", { name: "Map of the Compute fabric" }).waitFor();
    expect(await dark.page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe("rgb(13, 17, 20)");
    await picture(dark.page, "fabric-dark");
    await close(dark);
  });

  test("nothing scrolls sideways on a phone or a tablet", async () => {
    for (const size of [phone, { width: 820, height: 1180 }]) {
      const opened = await open("/", "light", size);
      const { page } = opened;
      await page.getByRole("region", { name: "Map of the Compute fabric" }).waitFor();
      await page.getByText("Isolated").waitFor();
      if (size === phone) await picture(page, "fabric-phone");
      for (const path of ["/tenants", "/changes", "/proof", "/economics", "/"]) {
        await page.evaluate((to) => {
          history.pushState(null, "", to);
          dispatchEvent(new PopStateEvent("popstate"));
        }, path);
        await page.getByLabel("Loading").waitFor({ state: "detached" });
        await page.getByRole("heading", { level: 2 }).waitFor();
        expect(await sidewaysBy(page), `${path} at ${size.width}`).toBe(0);
      }
      if (size === phone) {
        await page.getByRole("button", { name: "Ask" }).click();
        await page.getByLabel("Question").waitFor();
      }
      await close(opened);
    }
  });

  test("a tenant is planned, looked at, approved, applied and rolled back by clicks", async () => {
    const opened = await open("/tenants", "light");
    const { page } = opened;
    await page.getByRole("button", { name: "New tenant" }).click();
    await page.getByLabel("Name").fill("Not a name");
    await page.getByText("starting with a letter").waitFor();
    expect(await page.getByRole("button", { name: "Plan the Change" }).isDisabled()).toBe(true);
    await page.getByLabel("Name").fill("acme");
    await page
      .getByRole("textbox", { name: "Hosts" })
      .or(page.getByRole("combobox", { name: "Hosts" }))
      .first()
      .click();
    for (const host of ["su1-h1", "su1-h2"]) await page.getByRole("option", { name: host, exact: true }).click();
    await page.getByLabel("Name").click();
    await page.getByRole("button", { name: "Plan the Change" }).click();
    await page.getByRole("heading", { name: "Create tenant acme on 2 hosts at 400 Gb/s" }).waitFor();
    expect(await page.getByRole("list", { name: "Steps" }).getByRole("listitem").count()).toBe(9);
    expect(await page.locator(".diff .line.add").count()).toBeGreaterThan(20);
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await picture(page, "change-light");

    await page.getByRole("tab", { name: "Proof" }).click();
    await page.getByText("1,704 of 1,704 required pairs reachable").waitFor();
    await page.getByRole("tab", { name: "Price" }).click();
    await page.getByRole("button", { name: /tenant\/acme\/per-gpu-hour/ }).click();
    await page.getByText("= bill / GPUs").waitFor();

    await decide(page, "Approve");
    await state(page, "Approved");
    await decide(page, "Apply");
    await state(page, "Closed");
    await page.getByRole("tab", { name: "Journal" }).click();
    expect(await page.getByRole("cell", { name: "step.done" }).count()).toBe(9);

    await page.getByRole("link", { name: "Economics" }).click();
    await page.getByRole("button", { name: "acme" }).waitFor();
    await page.getByRole("cell", { name: "$258.23" }).waitFor();
    for (const closing of await page.locator(".mantine-Notification-closeButton").all()) await closing.click();
    await picture(page, "economics-light");
    await page.getByRole("button", { name: "acme" }).click();
    await page.getByRole("dialog").locator("details summary").first().waitFor();
    await page.keyboard.press("Escape");

    await page.getByRole("link", { name: "Changes" }).click();
    await page.getByRole("link", { name: "chg-1" }).click();
    await decide(page, "Roll back");
    await state(page, "Rolled back");
    expect(await page.getByRole("button", { name: /Approve|Apply|Roll back/ }).count()).toBe(0);
    await close(opened);
  });

  test("a change that would leak is refused, with the packet, its way and the line", async () => {
    const config = session.json("heddle device config front-leaf-su1-1") as { files: { text: string }[] };
    const text = config.files[0]?.text.replace("30 deny ip 10.64.4.0/24", "30 permit ip 10.64.4.0/24") ?? "";
    expect(text).toContain("30 permit ip 10.64.4.0/24");
    const opened = await open("/changes", "dark", { width: 1600, height: 1300 });
    const { page } = opened;
    const id = await page.evaluate(async (config) => {
      const body = JSON.stringify({ name: "front-leaf-su1-1", config, note: "a permit where a deny belongs" });
      const headers = { "content-type": "application/json" };
      const response = await fetch("/api/v1/device/replace", { method: "POST", headers, body });
      return ((await response.json()) as { id: string }).id; // the API's own answer
    }, text);
    await page.getByRole("link", { name: id }).click();
    await page.getByText("Refused. Nothing was touched, and it can't be approved.").waitFor();
    await page.getByText("10 forbidden pairs could talk afterwards").waitFor();
    const example = page.getByLabel("Counterexample").first();
    await example.getByText("su1-h5/eth1 → su2-h1/eth1").waitFor();
    expect(await example.locator(".hop").count()).toBeGreaterThan(4);
    expect(await example.locator(".hop.blamed").textContent()).toContain("permit by globex-in entry 30");
    expect(await example.locator(".cause").textContent()).toContain("30 permit ip 10.64.4.0/24 10.64.0.0/12");
    expect(await page.getByRole("button", { name: "Approve" }).count()).toBe(0);
    await picture(page, "change-dark");
    await close(opened);
  });

  test("a question is answered with its command and its records, and the talk outlasts the page it began on", async () => {
    const opened = await open("/", "dark");
    const { page } = opened;
    await page.keyboard.press("/");
    await page.keyboard.type("can globex reach initech?");
    await page.keyboard.press("Enter");
    await page.getByText("heddle reach globex initech").waitFor();
    await page.getByText(/^No: 0 of/).waitFor();
    await page
      .getByRole("button", { name: /^Evidence/ })
      .first()
      .click();
    await page
      .getByText(/^heddle:reach\.check#/)
      .first()
      .waitFor();
    await page.keyboard.press("Escape");
    await page.getByLabel("Question").fill("give globex two more hosts");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("planned a Change").waitFor();
    await picture(page, "ask-dark");
    await page.getByRole("button", { name: /^Open chg-/ }).click();
    await page.getByRole("heading", { name: "Resize tenant globex to 7 hosts" }).waitFor();
    await page.getByText("heddle reach globex initech").waitFor();
    await page.getByRole("link", { name: "Proof" }).click();
    await page.getByText("What must not talk, does not").waitFor();
    await page.getByRole("button", { name: "Read the devices" }).click();
    await page.getByText("No drift: every device runs what it should.").waitFor();
    await close(opened);
  });

  /** The button, and the same word in the dialog that asks again. */
  async function decide(page: Page, label: string): Promise<void> {
    await page.getByRole("button", { name: label, exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: label, exact: true }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }

  const state = (page: Page, name: string): Promise<void> =>
    page.locator(".state-line [aria-current=step]").getByText(name, { exact: true }).waitFor({ timeout: 60_000 });
});

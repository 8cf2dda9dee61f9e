import { existsSync, mkdirSync } from "node:fs";
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

  async function open(
    scheme: "light" | "dark",
    width: number,
    height: number,
  ): Promise<{ page: Page; trouble: string[] }> {
    const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height } });
    const page = await context.newPage();
    const trouble: string[] = [];
    page.on("pageerror", (error) => trouble.push(String(error)));
    page.on("console", (message) => message.type() === "error" && trouble.push(message.text()));
    page.on("request", (request) => {
      if (!request.url().startsWith("data:") && new URL(request.url()).host !== new URL(address).host)
        trouble.push(`foreign request: ${request.url()}`);
    });
    await page.goto(address);
    await page.getByRole("heading", { name: "Fabric" }).waitFor();
    await page.getByLabel(/Map of the/).waitFor();
    return { page, trouble };
  }

  test("shows the fabric, light and dark and on a phone, and loads nothing from elsewhere", async () => {
    for (const [name, scheme, width, height] of [
      ["fabric-light", "light", 1600, 1000],
      ["fabric-dark", "dark", 1600, 1000],
      ["fabric-phone", "light", 390, 844],
    ] as const) {
      const { page, trouble } = await open(scheme, width, height);
      await page.screenshot({ path: join(pictures, `${name}.png`) });
      expect(trouble).toEqual([]);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
      );
      expect(overflow, "the page scrolls sideways").toBe(false);
      await page.context().close();
    }
  });

  test("a tenant is planned, looked at, approved and applied by clicks", async () => {
    const { page, trouble } = await open("light", 1600, 1000);
    await page.getByText("Tenants", { exact: true }).first().click();
    await page.getByRole("button", { name: "New tenant" }).click();
    await page.getByLabel("Name").fill("acme");
    await page.getByLabel("Hosts", { exact: true }).click();
    await page.getByRole("option", { name: "su1-h1", exact: true }).click();
    await page.getByRole("option", { name: "su1-h2", exact: true }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Plan the Change" }).click();
    await page.getByRole("tab", { name: "Diff" }).waitFor();
    await page.screenshot({ path: join(pictures, "change-light.png") });
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Apply" }).click();
    await page.getByText("closed", { exact: true }).first().waitFor({ timeout: 120_000 });
    await page.getByText("Economics", { exact: true }).first().click();
    await page.getByRole("cell", { name: "acme" }).waitFor();
    await page.screenshot({ path: join(pictures, "economics-light.png") });
    expect(trouble).toEqual([]);
    await page.context().close();
  });

  test("a question is answered with the command it stands for", async () => {
    const { page, trouble } = await open("dark", 1600, 1000);
    await page.getByLabel("Question").fill("can globex reach initech?");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("heddle reach globex initech").waitFor();
    await page.getByText(/^No: 0 of/).waitFor();
    await page.screenshot({ path: join(pictures, "ask-dark.png") });
    expect(trouble).toEqual([]);
    await page.context().close();
  });
});

import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { editorUser } from "../../../src/core/access/principal.ts";
import { repositoryRoot } from "../editor/paths.ts";
import type { FakeAgent } from "../fakePorts.ts";
import { MemoryAccess } from "../memoryAccess.ts";
import { startTestBridge, type TestBridge, type TestBridgeOptions } from "../testBridge.ts";
import { until } from "../until.ts";

const SHOW_DEADLINE_MS = 120_000;

type PageBridgeOptions = Omit<TestBridgeOptions, "docsFolder"> & { readonly agent?: FakeAgent };

/** Returns the options of a whole bridge with the page of the build. */
export function pageOptions(options: PageBridgeOptions = {}): TestBridgeOptions {
  return { accessStorage: new MemoryAccess(), docsFolder: join(repositoryRoot, "dist"), ...options };
}

export function startPageBridge(options: PageBridgeOptions = {}): Promise<TestBridge> {
  return startTestBridge(pageOptions(options));
}

/** The dashboard in a plain browser, as a user opens it. */
export class BrowserPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the page complained about: broken policy, thrown errors. */
  readonly complaints: string[] = [];
  /** Requests to other addresses than that of the bridge. */
  readonly foreign: string[] = [];

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
  }

  static async open(
    browser: Browser,
    url: string,
    options: Parameters<Browser["newContext"]>[0] = {},
  ): Promise<BrowserPage> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      reducedMotion: "reduce",
      permissions: ["clipboard-read", "clipboard-write"],
      ...options,
    });
    return BrowserPage.openTab(context, url);
  }

  static async openTab(context: BrowserContext, url: string): Promise<BrowserPage> {
    const page = await context.newPage();
    const opened = new BrowserPage(context, page);
    page.setDefaultTimeout(SHOW_DEADLINE_MS);
    page.on("pageerror", (error) => opened.complaints.push(String(error)));
    page.on("console", (message) => {
      // Without a token, the page asks whether one is needed; the browser reports the answer as an error.
      const isAnswer = message.text().includes("401 (Unauthorized)");
      if (message.type() === "error" && !isAnswer) opened.complaints.push(message.text());
    });
    page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== url && !["data:", "blob:"].includes(protocol)) opened.foreign.push(request.url());
    });
    await page.goto(`${url}/dashboard`);
    return opened;
  }

  /** Asks for access, which the user of the editor allows. @param choice of the permissions */
  async pair(bridge: TestBridge, choice = "See, run, cancel and answer", keep = false): Promise<void> {
    const { pairings } = bridge.core.access;
    await this.page.getByRole("radio", { name: choice }).check();
    if (keep) await this.page.getByRole("checkbox", { name: /Keep the access/ }).check();
    await this.page.getByRole("button", { name: "Ask for Access" }).click();
    await until(() => pairings.pending.length > 0, "the page asks for access");
    const [request] = pairings.pending;
    if (request === undefined) throw new Error("The request is gone.");
    await this.page.getByText(request.code, { exact: true }).first().waitFor();
    pairings.decide(request.id, { decision: "allow" }, editorUser);
    await this.shows();
  }

  /** Waits until the dashboard is connected. */
  async shows(): Promise<void> {
    await this.page.locator("kiro-dashboard:not([hidden]):not([inert]) kiro-header").waitFor();
  }

  close(): Promise<void> {
    return this.context.close();
  }
}

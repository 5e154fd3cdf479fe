import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { silentLogger } from "../../../src/base/logger.ts";
import { DashboardChannel } from "../../../src/dashboard/channel/dashboardChannel.ts";
import { dashboardHtml } from "../../../src/host/dashboard/dashboardHtml.ts";
import { repositoryRoot } from "../editor/paths.ts";
import { FakeBridge, FakeEditorActions } from "./fakeBridge.ts";
import { type ThemeName, themes } from "./themes.ts";
import { readTexts } from "./translations.ts";

const ORIGIN = "http://dashboard.test";
const SHOW_DEADLINE_MS = 120_000;
const types: Readonly<Record<string, string>> = { js: "text/javascript", css: "text/css", ttf: "font/ttf" };

export interface DashboardPageOptions {
  readonly place?: "view" | "panel";
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly bridge?: FakeBridge;
  /** The language of the editor. Default: English. */
  readonly language?: "de";
  /** The time of the page, which then stays the same. Epoch milliseconds. Default: the clock of the machine. */
  readonly now?: number;
}

/**
 * The dashboard as it is shipped, in a browser, with the real channel of the host behind it: the same page with the same
 * policy, a theme of the real editor, and a bridge that the test has in hand.
 */
export class DashboardPage {
  readonly page: Page;
  readonly bridge: FakeBridge;
  readonly editorActions = new FakeEditorActions();
  /** What the page complained about: broken policy, thrown errors. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;
  readonly #options: DashboardPageOptions;
  #channel: DashboardChannel | undefined;

  private constructor(context: BrowserContext, page: Page, options: DashboardPageOptions) {
    this.#context = context;
    this.#options = options;
    this.page = page;
    this.bridge = options.bridge ?? new FakeBridge();
  }

  static async open(browser: Browser, options: DashboardPageOptions = {}): Promise<DashboardPage> {
    const { width = 300, height = 760 } = options;
    const context = await browser.newContext({ viewport: { width, height }, reducedMotion: "reduce" });
    const opened = new DashboardPage(context, await context.newPage(), options);
    await opened.#prepare();
    await opened.show();
    return opened;
  }

  /** From now on nobody answers the page, as when the extension host was killed. */
  loseHost(): void {
    void this.#channel?.dispose();
    this.#channel = undefined;
  }

  /** The user runs “Show Access”. */
  readonly showAccess = (): void => this.#channel?.showAccess();

  /** Another host takes the page over, which knows nothing of it. */
  findHost(): void {
    const { source, post } = { source: this.bridge, post: (message: unknown) => this.#post(message) };
    this.#channel = new DashboardChannel({ source, post, editorActions: this.editorActions, logger: silentLogger });
  }

  /** Reloads the page, as the editor does after it was hidden: only saved state survives. */
  async show(): Promise<void> {
    this.loseHost();
    this.findHost();
    await this.page.goto(ORIGIN);
    await this.page
      .locator("kiro-header")
      .waitFor({ timeout: SHOW_DEADLINE_MS })
      .catch(() => {
        throw new Error(`The dashboard did not show itself. ${this.complaints.join("\n")}`);
      });
  }

  /** Leaves the page, as the editor does with one that nobody sees. */
  async hide(): Promise<void> {
    void this.#channel?.dispose();
    await this.page.goto("about:blank");
  }

  async useTheme(theme: ThemeName): Promise<void> {
    await this.page.evaluate(applyTheme(theme));
  }

  /** Runs a script in the page; what it gives is taken for a `T`. */
  readonly evaluate = <T>(script: string): Promise<T> => this.page.evaluate<T>(script);

  async close(): Promise<void> {
    await this.#channel?.dispose();
    await this.#context.close();
  }

  async #prepare(): Promise<void> {
    const { page } = this;
    const { theme = "dark", place = "view", now, language } = this.#options;
    if (now !== undefined) await page.clock.setFixedTime(now);
    page.setDefaultTimeout(SHOW_DEADLINE_MS);
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => message.type() === "error" && this.complaints.push(message.text()));
    await page.exposeFunction("postToHost", (message: unknown) => void this.#channel?.receive(message));
    await page.addInitScript(fakeEditor(theme));
    await page.route(`${ORIGIN}/**`, async (route) => {
      const name = new URL(route.request().url()).pathname.slice(1);
      if (name === "") return route.fulfill({ contentType: "text/html", body: html(place, language) });
      const body = await readFile(join(repositoryRoot, "dist", "webview", name));
      await route.fulfill({ contentType: types[name.split(".").at(-1) ?? ""] ?? "", body });
    });
  }

  #post(message: unknown): void {
    if (this.page.isClosed()) return;
    // A page that is just leaving cannot be told.
    void this.page.evaluate(`window.postMessage(${JSON.stringify(message)}, "*")`).catch(() => undefined);
  }
}

function html(place: "view" | "panel", language: "de" | undefined): string {
  return dashboardHtml({
    language: language ?? "en",
    texts: language === undefined ? {} : readTexts(language),
    cspSource: ORIGIN,
    scriptUri: "/dashboard.js",
    styleUri: "/dashboard.css",
    nonce: "n",
    place,
  });
}

/** What the editor's webview has before our script runs: its api, the theme's variables, and a class on the body. */
function fakeEditor(theme: ThemeName): string {
  return `
    window.acquireVsCodeApi = () => ({
      postMessage: (message) => void window.postToHost(message),
      getState: () => JSON.parse(sessionStorage.getItem("state") ?? "null") ?? undefined,
      setState: (state) => sessionStorage.setItem("state", JSON.stringify(state)),
    });
    const apply = () => ${applyTheme(theme)};
    if (document.body) apply();
    else document.addEventListener("DOMContentLoaded", apply);
    new MutationObserver((_, me) => document.body && (me.disconnect(), apply())).observe(document, { childList: true, subtree: true });`;
}

function applyTheme(name: ThemeName): string {
  const theme = JSON.stringify(themes[name]);
  return `(({ class: name, variables }) => {
    document.documentElement.removeAttribute("style");
    for (const [key, value] of Object.entries(variables)) document.documentElement.style.setProperty(key, value);
    document.body.className = name;
    document.body.style.backgroundColor = "var(--vscode-editor-background)";
  })(${theme})`;
}

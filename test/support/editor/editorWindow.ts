import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { eventually, withDeadline } from "./deadline.ts";

const LOAD_DEADLINE_MS = 180_000;
const CLICK_DEADLINE_MS = 60_000;
const KEPT_COMPLAINTS = 40;
const PALETTE_TRY_MS = 10_000;

export interface EditorWindowOptions {
  /** Called for every console line of the extension host. */
  readonly onHostLog?: (text: string) => void;
}

/** One window of the editor: a page in a browser, and with it one extension host. */
export class EditorWindow {
  readonly page: Page;
  /** Settles with 0 or 1 when the test module given in the window's address is through. Never settles without one. */
  readonly testsEnded: Promise<number>;
  /** The last errors and warnings of the page's console. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page, testsEnded: Promise<number>) {
    this.#context = context;
    this.page = page;
    this.testsEnded = testsEnded;
    page.on("console", (message) => {
      if (message.type() !== "error" && message.type() !== "warning") return;
      this.complaints.push(message.text());
      if (this.complaints.length > KEPT_COMPLAINTS) this.complaints.shift();
    });
  }

  /** Opens the window and waits until the workbench is drawn. Throws when it does not come up. */
  static async open(browser: Browser, address: string, options: EditorWindowOptions = {}): Promise<EditorWindow> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    try {
      const page = await context.newPage();
      await page.exposeFunction("codeAutomationLog", (_type: string, args: readonly unknown[]) =>
        options.onHostLog?.(args.map(String).join(" ")),
      );
      const { promise: testsEnded, resolve } = Promise.withResolvers<number>();
      await page.exposeFunction("codeAutomationExit", (code: number) => resolve(code));
      const window = new EditorWindow(context, page, testsEnded);
      await page.goto(address, { timeout: LOAD_DEADLINE_MS });
      await window.#drawn();
      return window;
    } catch (error) {
      await context.close();
      throw new Error(
        `The editor window ${new URL(address).origin} did not come up: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
  }

  /** The items of the status bar whose accessible name fits. */
  statusBarItem(name: RegExp | string): Locator {
    return this.page.locator(".part.statusbar").getByRole("button", { name });
  }

  /** Waits until the status bar shows an item whose accessible name fits, and gives it. */
  async waitForStatusBarItem(name: RegExp | string, deadlineMs = LOAD_DEADLINE_MS): Promise<Locator> {
    const item = this.statusBarItem(name).first();
    await item.waitFor({ state: "visible", timeout: deadlineMs });
    return item;
  }

  async clickStatusBarItem(name: RegExp | string): Promise<void> {
    await this.statusBarItem(name).first().click({ timeout: CLICK_DEADLINE_MS });
  }

  /** Runs a command of the palette, by its title. A window that is just starting may close the palette: then it is opened again. */
  async runFromPalette(title: string): Promise<void> {
    const palette = this.page.locator(".quick-input-widget");
    const option = palette.getByRole("option", { name: new RegExp(`^${escape(title)}(,|$)`) }).first();
    const run = async (): Promise<true> => {
      await this.page.keyboard.press("F1");
      await palette.locator("input").first().fill(`>${title}`, { timeout: PALETTE_TRY_MS });
      await option.click({ timeout: PALETTE_TRY_MS });
      return true;
    };
    await eventually(run, { what: `the palette to run ${title}`, deadlineMs: LOAD_DEADLINE_MS });
  }

  /** The notifications that pop up and say so. */
  notification(text: RegExp): Locator {
    return this.page.locator(".notifications-toasts .notification-list-item").filter({ hasText: text });
  }

  /** Reloads the window; its extension host ends and another one starts. */
  async reload(): Promise<void> {
    await this.page.reload({ timeout: LOAD_DEADLINE_MS });
    await this.#drawn();
  }

  /** Takes a picture of the window, with what moves at its end. */
  async screenshot(path: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    await this.page.screenshot({ path, animations: "disabled" });
  }

  /** Closes the window, once. Leaving the page first lets its extension host deactivate; closed at once it would wait for the window to come back. */
  async close(): Promise<void> {
    if (this.page.isClosed()) return;
    await this.page.goto("about:blank", { timeout: CLICK_DEADLINE_MS });
    await withDeadline(this.#context.close(), CLICK_DEADLINE_MS, "the editor window to close");
  }

  /** Takes the page away without a word, as a crash of the browser does: the extension host waits for it to come back. */
  async vanish(): Promise<void> {
    await withDeadline(this.#context.close(), CLICK_DEADLINE_MS, "the editor window to vanish");
  }

  /** Stops the page as it is, until the function that is given back is called. */
  async freeze(): Promise<() => Promise<void>> {
    const session = await this.#context.newCDPSession(this.page);
    await session.send("Debugger.enable");
    const paused = new Promise((resolve) => session.once("Debugger.paused", resolve));
    await session.send("Debugger.pause");
    await withDeadline(paused, CLICK_DEADLINE_MS, "the page to stop");
    return async () => {
      await session.send("Debugger.resume");
      await session.detach();
    };
  }

  async #drawn(): Promise<void> {
    await this.page
      .locator(".monaco-workbench .part.statusbar")
      .waitFor({ state: "visible", timeout: LOAD_DEADLINE_MS });
  }
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { eventually, withDeadline } from "./deadline.ts";
import { QuickInput } from "./quickInput.ts";

const LOAD_DEADLINE_MS = 180_000;
const CLICK_DEADLINE_MS = 60_000;
const KEPT_COMPLAINTS = 40;

export interface EditorWindowOptions {
  /** The language of the browser, which the editor has if there is a language pack for it. */
  readonly locale?: string;
  /** Called for every console line of the extension host. */
  readonly onHostLog?: (text: string) => void;
  /** Passes the page that an editor shows before its workbench, such as one that asks for a password. */
  readonly signIn?: (page: Page) => Promise<void>;
}

/** One window of the editor: a page in a browser, and with it one extension host. */
export class EditorWindow {
  readonly page: Page;
  readonly quickInput: QuickInput;
  /** Settles with 0 or 1 when the test module given in the window's address is through. Never settles without one. */
  readonly testsEnded: Promise<number>;
  /** The last errors and warnings of the page's console. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page, testsEnded: Promise<number>) {
    this.#context = context;
    this.page = page;
    this.quickInput = new QuickInput(page);
    this.testsEnded = testsEnded;
    page.on("console", (message) => {
      if (message.type() !== "error" && message.type() !== "warning") return;
      this.complaints.push(message.text());
      if (this.complaints.length > KEPT_COMPLAINTS) this.complaints.shift();
    });
  }

  /** Opens the window and waits until the workbench is drawn. Throws when it does not come up. */
  static async open(browser: Browser, address: string, options: EditorWindowOptions = {}): Promise<EditorWindow> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      ...(options.locale !== undefined && { locale: options.locale }),
    });
    try {
      const page = await context.newPage();
      await page.exposeFunction("codeAutomationLog", (_type: string, args: readonly unknown[]) =>
        options.onHostLog?.(args.map(String).join(" ")),
      );
      const { promise: testsEnded, resolve } = Promise.withResolvers<number>();
      await page.exposeFunction("codeAutomationExit", (code: number) => resolve(code));
      const window = new EditorWindow(context, page, testsEnded);
      await page.goto(address, { timeout: LOAD_DEADLINE_MS });
      await options.signIn?.(page);
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

  /** Runs a command of the palette, by its title. */
  async runFromPalette(title: string): Promise<void> {
    await this.quickInput.run(title);
  }

  /** The notifications that pop up and say so. */
  notification(text: RegExp): Locator {
    return this.page.locator(".notifications-toasts .notification-list-item").filter({ hasText: text });
  }

  /**
   * Waits until the editor has said so, and looks behind the bell if need be: the editor shows no more than three messages
   * within 800 ms, and hides each after ten seconds.
   */
  async waitForNotification(text: RegExp): Promise<void> {
    const toasts = this.page.locator(".notifications-toasts");
    const center = this.page.locator(".notifications-center");
    const bell = this.page.locator(".part.statusbar").getByRole("button", { name: "Notifications", exact: true });
    const message = toasts.or(center).locator(".notification-list-item").filter({ hasText: text }).first();
    const look = async (): Promise<true | undefined> => {
      if (await message.isVisible()) return true;
      const isBehindBell = !(await toasts.isVisible()) && (await bell.locator(".codicon-bell-dot").isVisible());
      if (isBehindBell) await bell.click({ timeout: CLICK_DEADLINE_MS });
      return undefined;
    };
    await eventually(look, { what: `a message like ${text}`, deadlineMs: LOAD_DEADLINE_MS });
    if (await center.isVisible()) await bell.click({ timeout: CLICK_DEADLINE_MS });
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

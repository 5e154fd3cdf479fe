import type { Frame, Locator, Page } from "playwright-core";
import { eventually } from "../editor/deadline.ts";
import type { EditorWindow } from "../editor/editorWindow.ts";

const SHOW_DEADLINE_MS = 120_000;
const CLICK_DEADLINE_MS = 60_000;
const LIVE_DEADLINE_MS = 180_000;

export type Place = "view" | "panel";

/** The dashboard in a real editor: a webview is a frame two levels down, and another one each time it is shown. */
export class EditorDashboard {
  readonly #page: Page;

  constructor({ page }: EditorWindow) {
    this.#page = page;
  }

  /** Our place in the activity bar. */
  get activity(): Locator {
    return this.#page.locator(".part.activitybar").getByRole("tab", { name: /^Kiro Bridge/ });
  }

  /** Shows the view of the side bar. */
  async showView(): Promise<Frame> {
    const isShown = (await this.activity.getAttribute("aria-selected", { timeout: SHOW_DEADLINE_MS })) === "true";
    if (!isShown) await this.activity.click({ timeout: CLICK_DEADLINE_MS });
    await this.#leaveActivityBar();
    return this.frame("view");
  }

  /**
   * Moves the pointer away, until the hint of the activity bar is gone, which would stay over the view: to the editors, and
   * to the status bar, because the editor does not see that a pointer has left for a frame.
   */
  async #leaveActivityBar(): Promise<void> {
    const { width, height } = this.#page.viewportSize() ?? { width: 1280, height: 720 };
    const hint = this.#page.getByRole("tooltip").filter({ visible: true });
    const leave = async (): Promise<true | undefined> => {
      await this.#page.mouse.move(width * 0.7, height * 0.3);
      if ((await hint.count()) === 0) return true;
      await this.#page.mouse.move(width * 0.5, height - 4);
      return (await hint.count()) === 0 ? true : undefined;
    };
    await eventually(leave, {
      what: "the hint of the activity bar to go",
      deadlineMs: CLICK_DEADLINE_MS,
      everyMs: 200,
    });
  }

  /** Shows another view in our place; the editor takes the page of ours away. */
  async hideView(): Promise<void> {
    await this.#page
      .locator(".part.activitybar")
      .getByRole("tab", { name: /^Explorer/ })
      .click();
    await eventually(async () => ((await this.#find("view")) === undefined ? true : undefined), {
      what: "the view's page to go",
      deadlineMs: CLICK_DEADLINE_MS,
    });
  }

  /** Opens the dashboard as an editor, by the button in the view's title. */
  async openPanel(): Promise<Frame> {
    await this.#page.locator(".part.sidebar .composite.title").hover();
    await this.#page.getByRole("button", { name: "Open Dashboard" }).first().click({ timeout: CLICK_DEADLINE_MS });
    return this.frame("panel");
  }

  /** The page of the dashboard at this place, once it shows how the bridge is. */
  async frame(place: Place): Promise<Frame> {
    const frame = await eventually(() => this.#find(place), {
      what: `the dashboard (${place})`,
      deadlineMs: SHOW_DEADLINE_MS,
    });
    await frame.locator("kiro-header section").waitFor({ timeout: SHOW_DEADLINE_MS });
    return frame;
  }

  /** The page at this place that has a connected host: the editor may show a dead one first. */
  async liveFrame(place: Place): Promise<Frame> {
    const look = async (): Promise<Frame | undefined> => {
      const frame = await this.frame(place);
      return (await frame.getByRole("alert").count()) === 0 && (await isAnswered(frame)) ? frame : undefined;
    };
    return eventually(look, { what: `a live dashboard (${place})`, deadlineMs: LIVE_DEADLINE_MS });
  }

  /** Waits until the editor, which does so every five seconds, has put aside what it will need after a reload. */
  async whenKept(...texts: readonly string[]): Promise<void> {
    const look = async (): Promise<true | undefined> => {
      const kept = String(await this.#page.evaluate(keptByEditor)).replaceAll("\\", "");
      return texts.every((text) => kept.includes(text)) ? true : undefined;
    };
    await eventually(look, {
      what: `the editor to keep ${texts.join(", ")}`,
      deadlineMs: SHOW_DEADLINE_MS,
      everyMs: 500,
    });
  }

  async #find(place: Place): Promise<Frame | undefined> {
    for (const frame of this.#page.frames()) {
      const isOurs = await frame
        .evaluate(`document.querySelector('kiro-dashboard[place="${place}"]') !== null`)
        .catch(() => false);
      if (isOurs === true) return frame;
    }
    return undefined;
  }
}

/** Asks the host as the page does. */
function isAnswered(frame: Frame): Promise<boolean> {
  return frame.evaluate<boolean>(`(() => {
    const late = new Promise((resolve) => setTimeout(() => resolve(false), 3000));
    const { connection } = document.querySelector("kiro-dashboard").client;
    return Promise.race([late, connection.call("status").then(() => true, () => false)]);
  })()`);
}

/** All that the editor keeps in this browser, as one text. */
const keptByEditor = `(async () => {
  const result = (request) => new Promise((resolve, reject) => { request.onsuccess = () => resolve(request.result); request.onerror = reject; });
  const texts = [];
  for (const { name } of await indexedDB.databases()) {
    const base = await result(indexedDB.open(name));
    for (const store of base.objectStoreNames)
      texts.push(...(await result(base.transaction(store).objectStore(store).getAll())).map((value) => typeof value === "string" ? value : JSON.stringify(value)));
    base.close();
  }
  return texts.join("\\n");
})()`;

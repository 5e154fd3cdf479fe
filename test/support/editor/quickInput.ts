import type { Locator, Page } from "playwright-core";
import { eventually } from "./deadline.ts";

const PALETTE_DEADLINE_MS = 180_000;
const FIRST_TRY_MS = 1000;
const LONGEST_TRY_MS = 10_000;

/**
 * The palette, the pickers and the input boxes at the top of a window. They share one widget, so each step names the one it
 * is for: the one before may still be there while the extension host decides.
 */
export class QuickInput {
  readonly widget: Locator;
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
    this.widget = page.locator(".quick-input-widget");
  }

  /**
   * Runs a command of the palette, by its title, as soon as the palette offers it. An open palette lists the commands anew
   * only when its text changes, so each try changes it. A window that is just starting may close it: then it is opened again.
   */
  async run(title: string): Promise<void> {
    const input = this.#input("Type the name of a command to run.");
    const option = this.widget.getByRole("option", { name: new RegExp(`^${escape(title)}(,|$)`) }).first();
    let timeout = FIRST_TRY_MS / 2;
    const run = async (): Promise<true> => {
      timeout = Math.min(timeout * 2, LONGEST_TRY_MS);
      await this.#page.keyboard.press("F1");
      await input.fill(">", { timeout });
      await input.fill(`>${title}`, { timeout });
      await option.click({ timeout });
      return true;
    };
    await eventually(run, { what: `the palette to run ${title}`, deadlineMs: PALETTE_DEADLINE_MS });
  }

  /** Selects an item in the picker with this placeholder. Types its name first: only the items in sight are in the page. */
  async pick(placeHolder: string, item: string): Promise<void> {
    await this.#input(placeHolder).fill(item);
    await this.widget.getByRole("option", { name: item }).first().click();
  }

  /** Types into the input box with this prompt. Without a text, accepts the suggestion. */
  async enter(prompt: string, text?: string): Promise<void> {
    await this.widget.locator(".quick-input-message").getByText(prompt).waitFor();
    const input = this.widget.locator("input.input");
    if (text !== undefined) await input.fill(text);
    await input.press("Enter");
  }

  #input(placeHolder: string): Locator {
    return this.widget.getByPlaceholder(placeHolder);
  }
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

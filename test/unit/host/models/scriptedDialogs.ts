import assert from "node:assert/strict";
import type { QuickPickItem } from "vscode";
import type { Dialogs } from "../../../../src/host/models/add/dialogs.ts";

/** What the user does in the next dialog. `leave` closes it. */
export type Step =
  | { readonly pick: string }
  | { readonly enter: string }
  | { readonly press: string }
  | { readonly agree: boolean }
  | "leave";

/** A user who goes through dialogs as a script says. Fails if the dialog is of another kind than the script expects. */
export class ScriptedDialogs implements Dialogs {
  /** The texts of all dialogs and messages in their order. */
  readonly shown: string[] = [];
  /** The labels of the items of each picker. */
  readonly offered: string[][] = [];
  /** The descriptions of the items of each picker. */
  readonly described: string[][] = [];
  /** True for each input box that hides its text. */
  readonly hidden: boolean[] = [];
  /** The texts of the pickers that close when the user looks at something else. */
  readonly closing: string[] = [];
  /** What input boxes have said against entered texts. */
  readonly refusals: string[] = [];
  /** Called while progress is shown, with the signal of its button "Cancel". */
  onProgress: (cancel: () => void) => void = () => undefined;
  readonly #script: Step[];

  constructor(script: readonly Step[]) {
    this.#script = [...script];
  }

  /** The steps that were not needed. */
  get left(): readonly Step[] {
    return this.#script;
  }

  readonly pick: Dialogs["pick"] = async (items, { placeHolder = "", ignoreFocusOut = false }) => {
    this.shown.push(placeHolder);
    if (!ignoreFocusOut) this.closing.push(placeHolder);
    this.offered.push(items.map(({ label }: QuickPickItem) => label));
    this.described.push(items.map(({ description = "" }: QuickPickItem) => description));
    const step = this.#next(placeHolder);
    if (step === "leave") return undefined;
    assert.ok("pick" in step, `${placeHolder}: ${JSON.stringify(step)}`);
    const found = items.find(({ label }: QuickPickItem) => label === step.pick);
    assert.ok(found, `${step.pick} is not among ${this.offered.at(-1)?.join(", ")}`);
    return found;
  };

  readonly askForText: Dialogs["askForText"] = async ({ prompt, password = false, value, ...box }) => {
    this.shown.push(prompt);
    this.hidden.push(password);
    for (;;) {
      const step = this.#next(prompt);
      if (step === "leave") return undefined;
      assert.ok("enter" in step, `${prompt}: ${JSON.stringify(step)}`);
      const text = step.enter === "(as suggested)" ? value : step.enter;
      assert.ok(text !== undefined, `${prompt} suggests nothing`);
      const problem = await box.validateInput?.(text);
      if (problem === undefined || problem === null) return text;
      this.refusals.push(typeof problem === "string" ? problem : problem.message);
    }
  };

  readonly choose: Dialogs["choose"] = async (question, detail, ...buttons) => {
    this.shown.push(`${question} ${detail}`);
    const step = this.#next(question);
    if (step === "leave") return undefined;
    assert.ok("press" in step, `${question}: ${JSON.stringify(step)}`);
    const pressed = buttons.find((button) => button === step.press);
    assert.ok(pressed, `${step.press} is not among ${buttons.join(", ")}`);
    return pressed;
  };

  readonly confirm: Dialogs["confirm"] = async ({ question }) => {
    this.shown.push(question);
    const step = this.#next(question);
    assert.ok(step !== "leave" && "agree" in step, `${question}: ${JSON.stringify(step)}`);
    return step.agree;
  };

  readonly showProgress: Dialogs["showProgress"] = async ({ title }, work) => {
    this.shown.push(title);
    const abort = new AbortController();
    this.onProgress(() => abort.abort());
    return await work(() => undefined, abort.signal);
  };

  /** Buttons of messages are pressed only if the script says so. */
  readonly tell: Dialogs["tell"] = async (_kind, message, ...buttons) => {
    this.shown.push(message);
    const [step] = this.#script;
    if (step === undefined || step === "leave" || !("press" in step) || !buttons.includes(step.press)) return undefined;
    this.#script.shift();
    return step.press;
  };

  readonly tellBriefly: Dialogs["tellBriefly"] = (message) => {
    this.shown.push(message);
  };

  #next(what: string): Step {
    const step = this.#script.shift();
    assert.ok(step, `nothing is scripted for: ${what}`);
    return step;
  }
}

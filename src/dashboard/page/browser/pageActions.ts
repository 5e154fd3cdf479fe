import * as l10n from "@vscode/l10n";
import { html } from "lit";
import type { RunExport } from "../../../protocol/runExport.ts";
import { type ActPush, browserActions } from "../../contract/browser.ts";
import { type Copied, copiedWords, questionWords, type QuestionWords } from "../../contract/questions.ts";
import { showDialog, stay } from "./dialogs.ts";

/** The largest file of a run that the page sends to the bridge, in bytes. */
const MAX_RUN_BYTES = 8 * 1024 * 1024;
/** The time until the address of a download is released, in milliseconds. */
const RELEASE_MS = 60_000;

function clearHistory(): QuestionWords {
  return {
    question: l10n.t("Clear the Kiro Bridge history?"),
    detail: l10n.t("This clears history for all windows. Running commands continue."),
    yes: l10n.t("Clear History"),
  };
}

/** Does in the page what the editor does for its dashboards. */
export class PageActions {
  readonly #say: (text: string) => void;

  /** @param say shows a message for a short time, and announces it */
  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  /** Performs an action of the closed list. @throws ZodError for other params */
  readonly perform = async ({ action, params }: ActPush): Promise<unknown> => {
    switch (action) {
      case "openText":
        return this.#openText(browserActions.openText.parse(params));
      case "copy": {
        const { text, copied } = browserActions.copy.parse(params);
        return this.#copy(text, copied);
      }
      case "confirm":
        return confirm(questionWords(browserActions.confirm.parse(params).question));
      case "confirmClearHistory":
        return confirm(clearHistory());
      case "saveRun":
        return this.#saveRun(browserActions.saveRun.parse(params).run);
      case "openRun":
        return openRun();
      case "askPrompt":
        return askPrompt();
    }
  };

  /** Resolves when the text is shown. */
  #openText({ content, language }: { readonly content: string; readonly language: string }): void {
    const name = language === "json" ? "output.json" : "output.md";
    void showDialog({
      title: l10n.t("Output"),
      content: html`<pre class="text" tabindex="0">${content}</pre>`,
      buttons: [
        { label: l10n.t("Close"), isPrimary: true, onClick: () => undefined },
        { label: l10n.t("Copy"), onClick: () => (void this.#copy(content, "output"), stay) },
        { label: l10n.t("Save"), onClick: () => (download(name, content, "text/plain"), stay) },
      ],
    });
  }

  /** A browser that does not let the page copy gets the text to be copied by hand. */
  async #copy(text: string, copied: Copied): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.#say(copiedWords(copied));
    } catch {
      await showDialog({
        title: l10n.t("Copy this text"),
        content: html`<textarea class="text" readonly rows="6" aria-label=${l10n.t("Text")} .value=${text}
          @focus=${(event: Event) => event.target instanceof HTMLTextAreaElement && event.target.select()}></textarea>`,
        buttons: [{ label: l10n.t("Close"), isPrimary: true, onClick: () => undefined }],
      });
    }
  }

  #saveRun(run: RunExport): boolean {
    download(`${run.execution.id}.json`, `${JSON.stringify(run, undefined, 2)}\n`, "application/json");
    this.#say(l10n.t("Run exported. Keys were removed; review the file before you share it."));
    return true;
  }
}

async function confirm({ question, detail, yes, no = l10n.t("Cancel") }: QuestionWords): Promise<boolean> {
  const buttons = [
    { label: no, onClick: () => false },
    { label: yes, isPrimary: true, onClick: () => true },
  ];
  return (await showDialog({ title: question, content: detail, buttons })) === true;
}

async function askPrompt(): Promise<string | undefined> {
  return showDialog<string | undefined>({
    title: l10n.t("Ask Kiro CLI"),
    content: html`<textarea class="text" rows="5" aria-label=${l10n.t("Prompt")} autofocus></textarea>`,
    buttons: [
      { label: l10n.t("Cancel"), onClick: () => undefined },
      {
        label: l10n.t("Ask"),
        isPrimary: true,
        onClick: (dialog) => {
          const prompt = dialog.querySelector("textarea")?.value.trim() ?? "";
          return prompt === "" ? stay : prompt;
        },
      },
    ],
  });
}

/** Returns the text of a file that the user selects; undefined if they select none. */
async function openRun(): Promise<string | undefined> {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = ".json,application/json";
  const { promise, resolve } = Promise.withResolvers<File | undefined>();
  input.addEventListener("change", () => resolve(input.files?.[0]));
  input.addEventListener("cancel", () => resolve(undefined));
  input.click();
  const file = await promise;
  if (file === undefined) return undefined;
  if (file.size > MAX_RUN_BYTES) throw new Error(l10n.t("This file is too large for a page. Open it in the editor."));
  return file.text();
}

function download(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), RELEASE_MS);
}

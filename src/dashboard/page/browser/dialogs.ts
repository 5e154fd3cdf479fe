import { html, nothing, render, type TemplateResult } from "lit";

export interface DialogOptions<T> {
  readonly title: string;
  readonly content?: TemplateResult | string;
  /** The first one has the focus, and the result of the last one is that of Escape. */
  readonly buttons: readonly DialogButton<T>[];
}

interface DialogButton<T> {
  readonly label: string;
  readonly isPrimary?: boolean;
  /** Returns the result of the dialog, or `stay` to leave it open. */
  readonly onClick: (dialog: HTMLDialogElement) => T | typeof stay;
}

export const stay = Symbol("stay");

let counter = 0;

/** Shows a modal dialog of the browser, which holds the focus. @returns the result of the button that closes it */
export function showDialog<T>({ title, content, buttons }: DialogOptions<T>): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<T | undefined>();
  const dialog = document.createElement("dialog");
  const titleId = `kiro-dialog-${++counter}`;
  let result: T | undefined;
  const click = ({ onClick }: DialogButton<T>): void => {
    const chosen = onClick(dialog);
    if (chosen === stay) return;
    result = chosen;
    dialog.close();
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    const primary = buttons.find(({ isPrimary }) => isPrimary) ?? buttons[0];
    if (primary !== undefined) click(primary);
  };
  render(
    html`<form @submit=${submit}>
      <h2 id=${titleId}>${title}</h2>
      ${content === undefined ? nothing : html`<div class="content">${content}</div>`}
      <div class="buttons">
        ${buttons.map(
          (button) => html`<button
            type=${button.isPrimary === true ? "submit" : "button"}
            class=${button.isPrimary === true ? "primary" : ""}
            @click=${(event: Event) => {
              event.preventDefault();
              click(button);
            }}
          >${button.label}</button>`,
        )}
      </div>
    </form>`,
    dialog,
  );
  dialog.className = "kiro-dialog";
  dialog.setAttribute("aria-labelledby", titleId);
  dialog.addEventListener("close", () => {
    dialog.remove();
    resolve(result);
  });
  document.body.append(dialog);
  dialog.showModal();
  return promise;
}

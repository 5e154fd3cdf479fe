import * as l10n from "@vscode/l10n";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { type GrantedScope, roles, type ScopeName, scopeNames } from "../../../protocol/access.ts";
import type { AccessResults } from "../../contract/access.ts";
import { permissionWords, roleWords } from "../../contract/scopeWords.ts";
import { type Act, noAct } from "../act.ts";
import { withNodes } from "../l10n/language.ts";
import { fields, shared } from "../look/styles.ts";
import { permissionList, permissionStyles } from "./permissionList.ts";

/** The roles on offer. A token of an owner would be able to let others in. */
const ROLES = ["ci", "viewer", "operator"] as const;
type Choice = (typeof ROLES)[number] | "custom";

const EXPIRIES = [1, 24, 30 * 24, 365 * 24, undefined] as const;
const DEFAULT_HOURS = 30 * 24;

/** Creates a token: its name, its permissions and its expiry; then shows the token once. */
export class TokenForm extends LitElement {
  static override properties = {
    act: { attribute: false },
    role: { state: true },
    custom: { state: true },
    patterns: { state: true },
    isSent: { state: true },
    created: { state: true },
  };
  static override styles = [
    shared,
    fields,
    permissionStyles,
    css`
      form,
      .created {
        padding: 8px 10px 10px;
      }
      label,
      legend {
        display: block;
        margin: 8px 0 2px;
        padding: 0;
      }
      fieldset {
        min-width: 0;
        margin: 0;
        padding: 0;
        border: 0;
      }
      fieldset label {
        display: flex;
        gap: 6px;
        margin: 4px 0 0;
      }
      fieldset input {
        flex: none;
        width: 16px;
        height: 16px;
        margin: 1px 0 0;
      }
      .buttons {
        margin-top: 10px;
      }
      .token {
        margin: 6px 0;
        padding: 6px 8px;
        border-radius: 4px;
        background: var(--kiro-code);
        border: 1px solid var(--kiro-line);
        font-family: var(--vscode-editor-font-family, monospace);
        overflow-wrap: anywhere;
        user-select: all;
      }
    `,
  ];
  declare act: Act;
  declare role: Choice;
  declare custom: ReadonlySet<ScopeName>;
  declare patterns: string;
  declare isSent: boolean;
  declare created: AccessResults["createToken"] | undefined;

  constructor() {
    super();
    this.act = noAct;
    this.role = "ci";
    this.custom = new Set<ScopeName>(["status:read"]);
    this.patterns = "";
    this.isSent = false;
    this.created = undefined;
  }

  override firstUpdated(): void {
    this.#input("name")?.focus();
  }

  override render(): TemplateResult {
    return this.created === undefined ? this.#form() : this.#shown(this.created);
  }

  #form(): TemplateResult {
    const scopes = this.#scopes();
    return html`<form class="card" aria-label=${l10n.t("Create a token")} @keydown=${this.#onKey} @submit=${preventDefault}>
      <label for="name">${l10n.t("Name")}</label>
      <input id="name" maxlength="80" autocomplete="off" spellcheck="false" placeholder=${l10n.t("CI of my project")} />
      <label for="role">${l10n.t("Role")}</label>
      <select id="role" @change=${this.#onRole}>
        ${[...ROLES, "custom" as const].map(
          (role) => html`<option value=${role} ?selected=${role === this.role}>
            ${roleName(role)}${role === "custom" ? "" : ` – ${roleWords(role)}`}
          </option>`,
        )}
      </select>
      ${this.role === "custom" ? this.#scopeBoxes() : nothing}
      ${scopes.includes("commands:run") ? this.#commandField() : nothing}
      <label for="expiry">${l10n.t("Expires after")}</label>
      <select id="expiry">
        ${EXPIRIES.map(
          (hours) =>
            html`<option value=${hours ?? ""} ?selected=${hours === DEFAULT_HOURS}>${expiryName(hours)}</option>`,
        )}
      </select>
      ${
        this.role === "custom"
          ? nothing
          : html`<p class="dim small">${l10n.t("It will be able to:")}</p>
              ${permissionList(permissionWords(scopes, this.#commands()))}`
      }
      <div class="buttons">
        <vscode-button ?disabled=${this.isSent || scopes.length === 0} @click=${this.#create}>${l10n.t("Create")}</vscode-button>
        <vscode-button secondary @click=${this.#close}>${l10n.t("Cancel")}</vscode-button>
      </div>
    </form>`;
  }

  #scopeBoxes(): TemplateResult {
    return html`<fieldset>
      <legend>${l10n.t("Permissions")}</legend>
      ${scopeNames.map((scope) => {
        const [words] = permissionWords([scope], undefined);
        return html`<label
          ><input
            type="checkbox"
            .checked=${this.custom.has(scope)}
            @change=${() => this.#toggle(scope)}
          /><span class=${words?.isRisky === true ? "warn" : ""}>${words?.text ?? scope}</span></label
        >`;
      })}
    </fieldset>`;
  }

  #commandField(): TemplateResult {
    return html`<label for="commands">${l10n.t("Commands")}</label>
      <input
        id="commands"
        autocomplete="off"
        spellcheck="false"
        placeholder="test.*, workbench.action.files.save"
        aria-describedby="commands-help"
        .value=${this.patterns}
        @input=${this.#onPatterns}
      />
      <p class="dim small" id="commands-help">${l10n.t("Patterns with *, separated by commas. Empty: all that your settings allow.")}</p>`;
  }

  #shown({ name, token }: AccessResults["createToken"]): TemplateResult {
    return html`<div class="card created" role="group" aria-label=${l10n.t("New token")}>
      <p>${withNodes(l10n.t("The token of {name}. It is not shown again."), { name: html`<b>${name}</b>` })}</p>
      <p class="token">${token}</p>
      <div class="buttons">
        <vscode-button @click=${() => this.act("copyText", { text: token })}>${l10n.t("Copy")}</vscode-button>
        <vscode-button secondary @click=${this.#close}>${l10n.t("Done")}</vscode-button>
      </div>
    </div>`;
  }

  #scopes(): readonly GrantedScope[] {
    return this.role === "custom" ? [...this.custom] : roles[this.role];
  }

  #commands(): { readonly allow: string[] } | undefined {
    const allow = this.patterns.split(/[\s,]+/).filter((pattern) => pattern !== "");
    return allow.length === 0 || !this.#scopes().includes("commands:run") ? undefined : { allow };
  }

  #input(id: string): HTMLInputElement | null {
    return this.renderRoot.querySelector<HTMLInputElement>(`input#${id}`);
  }

  /** The policy of the page allows no forms to be submitted, so Enter in a field is handled here. */
  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape") this.#close();
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement) || event.target.type === "checkbox")
      return;
    event.preventDefault();
    void this.#create();
  };

  readonly #onRole = (event: Event): void => {
    if (!(event.target instanceof HTMLSelectElement)) return;
    const { value } = event.target;
    this.role = ROLES.find((role) => role === value) ?? "custom";
  };

  readonly #onPatterns = (event: Event): void => {
    if (event.target instanceof HTMLInputElement) this.patterns = event.target.value;
  };

  #toggle(scope: ScopeName): void {
    const custom = new Set(this.custom);
    if (!custom.delete(scope)) custom.add(scope);
    this.custom = custom;
  }

  readonly #create = async (): Promise<void> => {
    const name = this.#input("name");
    if (this.isSent) return;
    if (name === null || name.value.trim() === "") return name?.focus();
    const hours = Number(this.renderRoot.querySelector<HTMLSelectElement>("#expiry")?.value);
    const commands = this.#commands();
    this.isSent = true;
    this.created = await this.act("createToken", {
      name: name.value.trim(),
      scopes: [...this.#scopes()],
      ...(commands !== undefined && { commands }),
      ...(hours > 0 && { hours }),
    });
    this.isSent = false;
  };

  readonly #close = (): void => {
    this.created = undefined;
    this.dispatchEvent(new Event("done"));
  };
}

function roleName(role: Choice): string {
  switch (role) {
    case "ci":
      return "CI";
    case "viewer":
      return l10n.t("Viewer");
    case "operator":
      return l10n.t("Operator");
    case "custom":
      return l10n.t("Custom");
  }
}

function expiryName(hours: (typeof EXPIRIES)[number]): string {
  switch (hours) {
    case 1:
      return l10n.t("1 hour");
    case 24:
      return l10n.t("1 day");
    case 720:
      return l10n.t("30 days");
    case 8760:
      return l10n.t("1 year");
    default:
      return l10n.t("Never");
  }
}

function preventDefault(event: Event): void {
  event.preventDefault();
}

customElements.define("kiro-token-form", TokenForm);

import * as z from "zod";

const TOKEN = "kiro-bridge-token";
const PAIRING = "kiro-bridge-pairing";
const STATE = "kiro-bridge-dashboard";

/** A request for access that waits for the user's decision. */
const pairingSchema = z.object({
  /** The address of the decision, which is as secret as a token. */
  location: z.string(),
  code: z.string(),
  /** ISO time. */
  expiresAt: z.string(),
  keep: z.boolean(),
});

export type WaitingPairing = z.infer<typeof pairingSchema>;

/** The storage of a browser, as far as it is used here. */
export interface KeptTexts {
  getItem(name: string): string | null;
  setItem(name: string, text: string): void;
  removeItem(name: string): void;
}

/**
 * Keeps the token of the page and its pairing request, and the state of the dashboard: in this tab, where pages that another
 * program serves from the same port cannot read them; the token in all tabs if the user wants that
 * (docs/decisions/browser-dashboard.md#where-the-token-is-kept).
 */
export class TokenStore {
  readonly #tab: KeptTexts;
  readonly #browser: KeptTexts;

  constructor(tab: KeptTexts, browser: KeptTexts) {
    this.#tab = tab;
    this.#browser = browser;
  }

  get token(): string | undefined {
    return this.#tab.getItem(TOKEN) ?? this.#browser.getItem(TOKEN) ?? undefined;
  }

  /** @param isForAllTabs keeps it after this tab was closed, for all tabs of the browser */
  keep(token: string, isForAllTabs: boolean): void {
    this.forget();
    (isForAllTabs ? this.#browser : this.#tab).setItem(TOKEN, token);
  }

  /** Removes everything that came with the token. */
  forget(): void {
    for (const storage of [this.#tab, this.#browser]) storage.removeItem(TOKEN);
    this.#tab.removeItem(STATE);
    this.#tab.removeItem(PAIRING);
  }

  get pairing(): WaitingPairing | undefined {
    return pairingSchema.safeParse(parsed(this.#tab.getItem(PAIRING))).data;
  }

  set pairing(pairing: WaitingPairing | undefined) {
    if (pairing === undefined) this.#tab.removeItem(PAIRING);
    else this.#tab.setItem(PAIRING, JSON.stringify(pairing));
  }

  get state(): unknown {
    return parsed(this.#tab.getItem(STATE));
  }

  /** A state that is too large for the storage is not saved. */
  saveState(state: unknown): void {
    try {
      this.#tab.setItem(STATE, JSON.stringify(state));
    } catch {
      this.#tab.removeItem(STATE);
    }
  }
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

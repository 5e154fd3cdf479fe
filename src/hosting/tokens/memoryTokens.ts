import { Emitter } from "../../base/events.ts";
import { newToken } from "../../windows/tokenFile.ts";
import type { OwnerTokens } from "./ownerTokens.ts";

/**
 * A token that is stored nowhere and ends with its bridge: with `auth.discovery: "pair"`, programs must be let in by the user.
 * The user can still copy it.
 */
export class MemoryTokens implements OwnerTokens {
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  #token = newToken();

  async get(): Promise<string> {
    return this.#token;
  }

  async rotate(old: string = this.#token): Promise<void> {
    if (old !== this.#token) return;
    this.#token = newToken();
    this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

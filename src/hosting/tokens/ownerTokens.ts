import type { Disposable } from "../../base/disposables.ts";
import { Emitter, type Event } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import { messageOf } from "../../protocol/errors.ts";
import { newToken, type TokenFile } from "../../windows/tokenFile.ts";

const KEY = "kiroBridge.token";

/** The secret storage of an editor. */
export interface SecretStore {
  get(key: string): PromiseLike<string | undefined>;
  store(key: string, secret: string): PromiseLike<void>;
  delete(key: string): PromiseLike<void>;
  readonly onDidChange: Event<{ readonly key: string }>;
}

export interface TokenStoreDeps {
  readonly file: Pick<TokenFile, "read" | "get" | "replace" | "removeUnused">;
  /** Used by earlier versions, and as a fallback if the file cannot be written. */
  readonly secrets: SecretStore;
  readonly logger: Logger;
}

/** The token of the owner, in use by a bridge. */
export interface OwnerTokens extends Disposable {
  /** @param present the token in use, which is restored if the file was removed */
  get(present?: string): Promise<string>;
  /**
   * Replaces the token. From then on, the old one must be rejected.
   * @param old does nothing if this token was already replaced
   */
  rotate(old?: string): Promise<void>;
  /** Fires when this window has replaced the token. */
  readonly onDidChange: Event<void>;
}

/**
 * The token of this user's bridges. Stored in a file: an editor in a browser keeps secrets in the page, and loses them
 * with it. Falls back to the secret storage if the folder is not writable.
 */
export class TokenStore implements OwnerTokens {
  readonly #deps: TokenStoreDeps;
  readonly #changed = new Emitter<void>();
  readonly #secretsWatch: Disposable;
  #isWarned = false;
  #isMoved = false;

  constructor(deps: TokenStoreDeps) {
    this.#deps = deps;
    this.#secretsWatch = deps.secrets.onDidChange(({ key }) => {
      if (key === KEY) this.#changed.fire();
    });
  }

  async get(present?: string): Promise<string> {
    try {
      const token = await this.#deps.file.get(present ?? (await this.#secret()));
      await this.#forgetSecret();
      return token;
    } catch (error) {
      this.#warn(error);
      return (await this.#secret()) ?? (await this.#storeSecret(present ?? newToken()));
    }
  }

  async rotate(old?: string): Promise<void> {
    try {
      await this.#deps.file.replace(old);
    } catch (error) {
      // Otherwise readers of the file would keep using the old token.
      if ((await this.#deps.file.read().catch(() => undefined)) !== undefined) throw error;
      this.#warn(error);
      await this.#storeSecret(newToken());
    }
    this.#changed.fire();
  }

  /** Other windows change the file or the secret storage. */
  get onDidChange(): Event<void> {
    return this.#changed.event;
  }

  /** Removes the stored token, because this window keeps its own in memory. Other bridges may still use it. */
  async forget(): Promise<void> {
    try {
      await this.#deps.file.removeUnused();
      await this.#deps.secrets.delete(KEY);
    } catch (error) {
      this.#deps.logger.warn("The stored token could not be removed", { error: messageOf(error) });
    }
  }

  dispose(): void {
    void this.#secretsWatch.dispose();
    this.#changed.dispose();
  }

  async #secret(): Promise<string | undefined> {
    return this.#isMoved ? undefined : await this.#deps.secrets.get(KEY);
  }

  async #storeSecret(token: string): Promise<string> {
    this.#isMoved = false;
    await this.#deps.secrets.store(KEY, token);
    return token;
  }

  /**
   * Removes the copy in the secret storage after migration to the file, because it would be outdated after the next
   * change.
   */
  async #forgetSecret(): Promise<void> {
    if (this.#isMoved) return;
    this.#isMoved = true;
    await this.#deps.secrets.delete(KEY);
  }

  #warn(error: unknown): void {
    if (this.#isWarned) return;
    this.#isWarned = true;
    this.#deps.logger.warn("The token cannot be stored in its file", { error: messageOf(error) });
  }
}

import type { SecretStorage } from "vscode";
import type { Disposable } from "../../base/disposables.ts";
import { Emitter, type Event } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import { messageOf } from "../../protocol/errors.ts";
import { newToken, type TokenFile } from "../../windows/tokenFile.ts";

const KEY = "kiroBridge.token";

export interface TokenStoreDeps {
  readonly file: Pick<TokenFile, "read" | "get" | "replace">;
  /** Where earlier versions kept it, and where it is kept while the file cannot be written. */
  readonly secrets: SecretStorage;
  readonly logger: Logger;
}

/**
 * The token that opens the bridges of this user: in a file, since an editor in a browser keeps its secrets in the page and loses
 * them with it. A folder that cannot be written leaves the secret storage.
 */
export class TokenStore implements Disposable {
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

  /** @param present the token in use: it is put back when the file is gone. */
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

  /**
   * Replaces the token for all windows; the old one must be refused from then on.
   * @param old does nothing when it has been replaced already
   */
  async rotate(old?: string): Promise<void> {
    try {
      await this.#deps.file.replace(old);
    } catch (error) {
      // Whoever can read the file would go on with the old one.
      if ((await this.#deps.file.read().catch(() => undefined)) !== undefined) throw error;
      this.#warn(error);
      await this.#storeSecret(newToken());
    }
    this.#changed.fire();
  }

  /** Tells when this window has replaced the token. Other windows change the file, or the secret storage. */
  get onDidChange(): Event<void> {
    return this.#changed.event;
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

  /** It is in the file by now. A copy that nobody looks after would come back as an old token one day. */
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

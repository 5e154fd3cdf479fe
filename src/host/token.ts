import { randomBytes } from "node:crypto";
import type { SecretStorage } from "vscode";

const KEY = "kiroBridge.token";

/** The token in the editor's secret storage: 256 bits, base64url, made on first use, kept across restarts. */
export class TokenStore {
  readonly #secrets: SecretStorage;

  constructor(secrets: SecretStorage) {
    this.#secrets = secrets;
  }

  async get(): Promise<string> {
    return (await this.#secrets.get(KEY)) ?? this.rotate();
  }

  /** Replaces the token; the old one must be refused from then on. */
  async rotate(): Promise<string> {
    const token = randomBytes(32).toString("base64url");
    await this.#secrets.store(KEY, token);
    return token;
  }

  /** Runs `listener` when the token was replaced, by this window or by another. */
  onDidChange(listener: () => void): { dispose(): void } {
    return this.#secrets.onDidChange(({ key }) => {
      if (key === KEY) listener();
    });
  }
}

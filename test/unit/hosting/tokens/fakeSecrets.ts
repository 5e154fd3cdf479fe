import type { Event, SecretStorage, SecretStorageChangeEvent } from "vscode";
import { Emitter } from "../../../../src/base/events.ts";

/** The editor's secret storage, as one editor process has it: all its windows share it. */
export class FakeSecrets implements SecretStorage {
  readonly values = new Map<string, string>();
  readonly #changed = new Emitter<SecretStorageChangeEvent>();

  readonly onDidChange: Event<SecretStorageChangeEvent> = (listener) => {
    const listening = this.#changed.event(listener);
    return { dispose: () => void listening.dispose() };
  };

  async get(key: string): Promise<string | undefined> {
    return this.values.get(key);
  }

  async keys(): Promise<string[]> {
    return [...this.values.keys()];
  }

  async store(key: string, value: string): Promise<void> {
    this.values.set(key, value);
    this.#changed.fire({ key });
  }

  async delete(key: string): Promise<void> {
    this.values.delete(key);
    this.#changed.fire({ key });
  }
}

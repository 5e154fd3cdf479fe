import type { AccessStorage } from "../../src/access/accessFile.ts";
import { type Disposable, toDisposable } from "../../src/base/disposables.ts";

/** The shared text of the clients, without a folder. Several stores may use one. */
export class MemoryAccess implements AccessStorage {
  readonly path = "access.json";
  /** The error of each change. */
  refusal: Error | undefined;
  readonly #looks = new Set<() => Promise<void>>();
  #text: string | undefined;
  #version = 0;

  get text(): string | undefined {
    return this.#text;
  }

  /** Changes it, as another window does or the user. */
  set text(text: string | undefined) {
    this.#text = text;
    this.#version++;
    this.look();
  }

  /** Has all windows look at it, as after any change in the folder. */
  look(): void {
    for (const look of this.#looks) void look();
  }

  async stamp(): Promise<string> {
    return String(this.#version);
  }

  async read(): Promise<string | undefined> {
    return this.#text;
  }

  async change(edit: (present: string | undefined) => string | undefined): Promise<void> {
    if (this.refusal !== undefined) throw this.refusal;
    const text = edit(this.#text);
    if (text !== undefined) this.text = text;
  }

  watch(look: () => Promise<void>): Disposable {
    this.#looks.add(look);
    void look();
    return toDisposable(() => void this.#looks.delete(look));
  }
}

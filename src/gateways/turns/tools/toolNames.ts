import { createHash } from "node:crypto";

/** Maximum length of the name of a tool at most vendors. */
const MAX_LENGTH = 64;
const USABLE = /^[A-Za-z0-9_-]{1,64}$/u;
const HASH_LENGTH = 8;

/** The names of a client's tools as agents see them: at most 64 characters of `A-Z a-z 0-9 _ -`, all different. */
export class ToolNames {
  readonly #lent = new Map<string, string>();
  readonly #own = new Map<string, string>();

  /** @param names all different */
  constructor(names: readonly string[]) {
    // Usable names stay as they are, whatever the others become.
    const usable = names.filter((name) => USABLE.test(name));
    for (const name of usable) this.#add(name, name);
    for (const name of names) if (!this.#lent.has(name)) this.#add(name, this.#free(name));
  }

  /** Returns the name for agents. */
  lent(name: string): string | undefined {
    return this.#lent.get(name);
  }

  /** Returns the name that the client knows. */
  own(lentName: string): string | undefined {
    return this.#own.get(lentName);
  }

  #add(own: string, lent: string): void {
    this.#lent.set(own, lent);
    this.#own.set(lent, own);
  }

  /** The hash depends on the name alone, so that a list of tools in another order has the same names. */
  #free(name: string): string {
    for (let attempt = 0; ; attempt++) {
      const hash = createHash("sha256").update(`${attempt}\0${name}`).digest("hex").slice(0, HASH_LENGTH);
      const readable = name.replaceAll(/[^A-Za-z0-9_-]/gu, "_").slice(0, MAX_LENGTH - HASH_LENGTH - 1);
      const candidate = `${readable}_${hash}`;
      if (!this.#own.has(candidate)) return candidate;
    }
  }
}

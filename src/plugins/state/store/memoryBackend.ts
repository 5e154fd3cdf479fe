import { BridgeError } from "../../../protocol/errors.ts";
import type { StateBackend } from "../../bus/transport.ts";

const MAX_DOCUMENTS = 1000;

/** States that end with the process. */
export class MemoryBackend implements StateBackend {
  readonly #documents = new Map<string, { readonly text: string; readonly revision: number }>();

  async read(name: string): Promise<{ readonly document: unknown; readonly revision: string } | undefined> {
    const found = this.#documents.get(name);
    return found && { document: JSON.parse(found.text), revision: String(found.revision) };
  }

  async write(name: string, document: unknown, revision: string | undefined): Promise<boolean> {
    const found = this.#documents.get(name);
    if (revision !== (found && String(found.revision))) return false;
    if (found === undefined && this.#documents.size >= MAX_DOCUMENTS) {
      throw new BridgeError("RATE_LIMIT_EXCEEDED", `The states of ${MAX_DOCUMENTS} plugins are kept, and no more.`);
    }
    this.#documents.set(name, { text: JSON.stringify(document), revision: (found?.revision ?? 0) + 1 });
    return true;
  }
}

import type { Disposable } from "../../../base/disposables.ts";
import { bridgeStopping } from "../../../protocol/unavailable.ts";
import { identityOf } from "./fileIdentity.ts";
import type { FoundCli } from "../../startAgent.ts";

/** Caches the result of the search for the CLI, until its file is moved, removed or replaced, as updates do. */
export class CliSearch implements Disposable {
  readonly #look: (signal: AbortSignal) => Promise<FoundCli>;
  readonly #stopping = new AbortController();
  #looking: Promise<FoundCli> | undefined;
  #found: { readonly command: string; readonly identity: string | undefined } | undefined;

  constructor(look: (signal: AbortSignal) => Promise<FoundCli>) {
    this.#look = look;
  }

  /** True if the file of the CLI was replaced or removed. */
  get hasMoved(): boolean {
    return this.#found !== undefined && identityOf(this.#found.command) !== this.#found.identity;
  }

  /**
   * Returns the CLI, searching if necessary. Failures are not cached, because the user may have installed the CLI
   * since.
   * @throws the error of the search, or BridgeError KIRO_UNAVAILABLE after disposal
   */
  find(): Promise<FoundCli> {
    if (this.hasMoved) this.forget();
    if (this.#looking !== undefined) return this.#looking;
    const looking = this.#lookNow();
    looking.catch(() => {
      if (this.#looking === looking) this.#looking = undefined;
    });
    this.#looking = looking;
    return looking;
  }

  /** Clears the cache. */
  forget(): void {
    this.#looking = undefined;
    this.#found = undefined;
  }

  /** Aborts a running search. Resolves when its process has exited. */
  async dispose(): Promise<void> {
    this.#stopping.abort(bridgeStopping());
    await this.#looking?.catch(() => undefined);
  }

  async #lookNow(): Promise<FoundCli> {
    this.#stopping.signal.throwIfAborted();
    const cli = await this.#look(this.#stopping.signal);
    const { command } = cli.program;
    this.#found = { command, identity: identityOf(command) };
    return cli;
  }
}

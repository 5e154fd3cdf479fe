import type { Disposable } from "../../../base/disposables.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import { identityOf } from "./fileIdentity.ts";
import type { FoundCli } from "../../startAgent.ts";

/** Looks for the CLI once, and again when its file has been moved, removed or replaced since: an update does all of these. */
export class CliSearch implements Disposable {
  readonly #look: (signal: AbortSignal) => Promise<FoundCli>;
  readonly #stopping = new AbortController();
  #looking: Promise<FoundCli> | undefined;
  #found: { readonly command: string; readonly identity: string | undefined } | undefined;

  constructor(look: (signal: AbortSignal) => Promise<FoundCli>) {
    this.#look = look;
  }

  /** Whether another file, or none, is where the CLI was found. */
  get hasMoved(): boolean {
    return this.#found !== undefined && identityOf(this.#found.command) !== this.#found.identity;
  }

  /**
   * The CLI as it is now. After a failure the next one who asks looks again: somebody may have installed the CLI since.
   * @throws what the search throws; BridgeError KIRO_UNAVAILABLE when it is disposed.
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

  /** The next one who asks looks again. */
  forget(): void {
    this.#looking = undefined;
    this.#found = undefined;
  }

  /** Ends a search that runs; resolves when its process is gone. */
  async dispose(): Promise<void> {
    this.#stopping.abort(new BridgeError("KIRO_UNAVAILABLE", "The bridge is stopping.", { reason: "not_running" }));
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

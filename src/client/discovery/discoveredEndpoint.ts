import { isKiroBridgeError, KiroBridgeError } from "../errors.ts";
import type { Endpoint } from "../http/endpoint.ts";
import type { ClientOptions } from "../options.ts";
import { type BridgeEntry, discoveryFolder, runningEntries } from "./entries.ts";
import { type NodeParts, nodeParts } from "./node.ts";
import { proveBridge } from "./proof.ts";

export interface DiscoveryOptions extends ClientOptions {
  /** A folder that is open in the wanted window. */
  readonly folder?: string | undefined;
  /** The address of the only bridge that is wanted, as the discovery folder has it. By default, any bridge is. */
  readonly url?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Found {
  readonly url: string;
  readonly token: string;
}

/** After so long without a response, another program may listen at the address of a bridge that has ended. */
const MAX_IDLE_MS = 60_000;

/**
 * The bridge of the discovery folder. The token is sent after the bridge has proved itself, and again after it could not be
 * reached, or was idle; a bridge that has moved to another address or has another token is found again.
 */
export class DiscoveredEndpoint implements Endpoint {
  readonly #options: DiscoveryOptions;
  readonly #node: NodeParts;
  #found: Found;
  /** The time of the latest response; undefined when the bridge must prove itself again. */
  #reachedAt: number | undefined = performance.now();
  #looking: Promise<Found> | undefined;

  private constructor(options: DiscoveryOptions, node: NodeParts, found: Found) {
    this.#options = options;
    this.#node = node;
    this.#found = found;
  }

  /** @throws KiroBridgeError if no bridge is found */
  static async find(options: DiscoveryOptions): Promise<DiscoveredEndpoint> {
    const node = nodeParts();
    return new DiscoveredEndpoint(options, node, await look(node, options, options.signal));
  }

  get url(): string {
    return this.#found.url;
  }

  get latestToken(): string | undefined {
    return this.#found.token;
  }

  async token(): Promise<string | undefined> {
    if (this.#reachedAt === undefined || performance.now() - this.#reachedAt > MAX_IDLE_MS) await this.#lookAgain();
    return this.#found.token;
  }

  async renew(rejected: string | undefined): Promise<string | undefined> {
    await this.#lookAgain();
    return this.#found.token === rejected ? undefined : this.#found.token;
  }

  reached(isBridge: boolean): void {
    this.#reachedAt = isBridge ? performance.now() : undefined;
  }

  /** One look for all requests that wait. */
  async #lookAgain(): Promise<void> {
    this.#looking ??= look(this.#node, this.#options).finally(() => (this.#looking = undefined));
    this.#found = await this.#looking;
    this.#reachedAt = performance.now();
  }
}

async function look(node: NodeParts, options: DiscoveryOptions, signal?: AbortSignal): Promise<Found> {
  signal?.throwIfAborted();
  const folder = discoveryFolder(node);
  const running = await runningEntries(node, folder);
  const entries = running.filter(({ url }) => options.url === undefined || url === options.url);
  const wanted = entries.filter((entry) => hasFolder(entry, options.folder));
  let failure = missing(folder, entries, options);
  for (const { url, token: published } of wanted) {
    const token = (await ownToken(options)) ?? published;
    try {
      if (token === undefined) throw unpublished(url);
      await proveBridge(url, token, options, signal);
      return { url, token };
    } catch (error) {
      signal?.throwIfAborted();
      if (!isKiroBridgeError(error)) throw error;
      failure = error;
    }
  }
  throw failure;
}

/** Returns the token that the program has of its own. */
async function ownToken({ token }: ClientOptions): Promise<string | undefined> {
  return typeof token === "function" ? await token() : token;
}

function hasFolder({ windows }: BridgeEntry, folder: string | undefined): boolean {
  if (folder === undefined) return true;
  return windows.some(({ workspaceFolders }) => workspaceFolders.some((open) => isInside(folder, open)));
}

function isInside(path: string, folder: string): boolean {
  // VS Code has the letter of a drive in lower case, and Node in upper case.
  const [inner, outer] = [path, folder].map((text) =>
    text.replaceAll("\\", "/").replace(/^[A-Z]:/, (drive) => drive.toLowerCase()),
  );
  return inner === outer || inner?.startsWith(outer?.endsWith("/") === true ? outer : `${outer}/`) === true;
}

function missing(folder: string, entries: readonly BridgeEntry[], wanted: DiscoveryOptions): KiroBridgeError {
  if (entries.length === 0) {
    const address = wanted.url === undefined ? "" : ` with the address ${wanted.url}`;
    const message = `No running Kiro Bridge${address} is in ${folder}. Run 'Kiro Bridge: Start' in the editor.`;
    return new KiroBridgeError("KIRO_UNAVAILABLE", message, {
      recoverable: true,
      context: { reason: "not_running", cause: "bridge-off" },
    });
  }
  const openFolders = entries.flatMap(({ windows }) => windows.flatMap(({ workspaceFolders }) => workspaceFolders));
  return new KiroBridgeError("NOT_FOUND", `No window has ${wanted.folder} open.`, { context: { openFolders } });
}

function unpublished(url: string): KiroBridgeError {
  const message = `Kiro Bridge at ${url} publishes no token. Ask for one with KiroBridgeClient.pair().`;
  return new KiroBridgeError("AUTHENTICATION_FAILED", message);
}

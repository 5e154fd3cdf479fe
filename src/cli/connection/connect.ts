import { setTimeout } from "node:timers/promises";
import { type ClientOptions, type DiscoveryOptions, isKiroBridgeError, KiroBridgeClient } from "../../client/index.ts";
import { CliFailure, exitCodes, usageFailure } from "../exitCodes.ts";
import { type BridgeEntry, discoveryFolder, readEntries } from "../../client/discovery/entries.ts";
import { nodeParts } from "../../client/discovery/node.ts";
import { savedToken } from "./savedToken.ts";

const MAX_WAIT_MS = 60_000;

/** The bridge and the token that the user has chosen. */
export interface BridgeChoice {
  /** Undefined to find the bridge by its file. */
  readonly url: string | undefined;
  readonly token: string | undefined;
  /** The token of the operator of a server, for the commands that manage access. */
  readonly operatorToken?: string;
  /** The version of this program. */
  readonly version: string;
}

/** The token for a bridge, and where it comes from. */
export interface TokenSource {
  readonly from: "given" | "published" | "saved" | "none";
  readonly text: string | undefined;
}

/** Returns the token for a bridge: the one that was given, else the published one, else the stored one. */
export async function tokenFor(
  { token, operatorToken }: Pick<BridgeChoice, "token" | "operatorToken">,
  entry: BridgeEntry | undefined,
): Promise<TokenSource> {
  if (token !== undefined) return { from: "given", text: token };
  if (entry?.token !== undefined) return { from: "published", text: entry.token };
  if (operatorToken !== undefined) return { from: "saved", text: operatorToken };
  // It is for the bridges of this user, which are those in the folder.
  const saved = entry === undefined ? undefined : await savedToken();
  return saved === undefined ? { from: "none", text: undefined } : { from: "saved", text: saved };
}

/** A bridge that runs, as far as the discovery folder tells. */
interface Located {
  readonly url: string;
  /** Undefined if no file names this address. */
  readonly entry: BridgeEntry | undefined;
}

/** Finds the address of the chosen bridge. @throws CliFailure if none is given and none runs */
export async function locate({ url }: Pick<BridgeChoice, "url">): Promise<Located> {
  const node = nodeParts();
  const folder = discoveryFolder(node);
  const entries = await readEntries(node, folder);
  const entry = entries.find((each) => (url === undefined ? node.isAlive(each.pid) : isSameAddress(each.url, url)));
  const found = entry?.url ?? url;
  if (found !== undefined) return { url: found, entry };
  throw new CliFailure(
    exitCodes.unreachable.code,
    `No running bridge is published in ${folder}.`,
    "Start it in the editor, or run 'kiro-bridge doctor'.",
  );
}

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

/** True also for two names of this machine. */
export function isSameAddress(a: string, b: string): boolean {
  const [one, other] = [new URL(a), new URL(b)];
  const isLoopback = LOOPBACK.includes(one.hostname) && LOOPBACK.includes(other.hostname);
  return one.origin === other.origin || (isLoopback && one.port === other.port);
}

/** Returns the options of every client of this program. */
export function clientOptions({ version }: Pick<BridgeChoice, "version">): ClientOptions {
  return { name: `kiro-bridge-cli/${version}` };
}

/** A client, and the token that it sends. */
export interface Connection {
  readonly client: KiroBridgeClient;
  readonly token: string | undefined;
}

/**
 * Connects to the chosen bridge, and follows it to other addresses and tokens unless the user has given them. A given
 * address may get another published token. A token that the user has not given is only sent to a bridge that proves to
 * have it.
 * @throws CliFailure, KiroBridgeError
 */
export async function connect(
  choice: BridgeChoice,
  signal: AbortSignal,
  more: ClientOptions = {},
): Promise<Connection> {
  const { url, entry } = await locate(choice);
  const token = await tokenFor(choice, entry);
  const options = { ...clientOptions(choice), ...more };
  if (token.from === "given" || token.from === "none")
    return { client: new KiroBridgeClient(url, { ...options, token: token.text }), token: token.text };
  const wanted = choice.url === undefined ? undefined : url;
  const own = token.from === "saved" ? { token: token.text } : {};
  const client = await discover({ ...options, ...own, url: wanted, signal }).catch((error: unknown) => {
    throw token.from === "saved" && isKiroBridgeError(error) && error.code === "INVALID_RESPONSE"
      ? rejected(url)
      : error;
  });
  if (client.baseUrl === url) return { client, token: token.text };
  throw new CliFailure(
    exitCodes.unreachable.code,
    `The bridge at ${url} does not respond.`,
    "Run 'kiro-bridge doctor'.",
  );
}

/** Waits when the bridge has proved itself too often in this minute, as it has to for each run of this program. */
async function discover(options: DiscoveryOptions & { readonly signal: AbortSignal }): Promise<KiroBridgeClient> {
  const { signal } = options;
  for (;;) {
    try {
      return await KiroBridgeClient.discover(options);
    } catch (error) {
      const isLimited = isKiroBridgeError(error) && error.code === "RATE_LIMIT_EXCEEDED";
      if (!isLimited || error.retryAfterMs === undefined) throw error;
      await setTimeout(Math.min(error.retryAfterMs, MAX_WAIT_MS), undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
    }
  }
}

function rejected(url: string): CliFailure {
  const message = `The program at ${url} does not know the stored token: it was revoked or has expired.`;
  return new CliFailure(exitCodes.refused.code, message, "Ask for another one with 'kiro-bridge pair --save'.");
}

/** @throws CliFailure if it is not an address of HTTP */
export function parseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw usageFailure(`${text} is not an address such as http://127.0.0.1:3001.`);
  return text;
}

import { type ClientOptions, KiroBridgeClient } from "../../client/index.ts";
import { probe } from "./probe.ts";
import { CliFailure, exitCodes, usageFailure } from "../exitCodes.ts";
import { discoveryFolder, isRunning, type PublishedBridge, publishedBridges, savedToken } from "./folder.ts";

/** The bridge and the token that the user has chosen. */
export interface BridgeChoice {
  /** Undefined to find the bridge by its file. */
  readonly url: string | undefined;
  readonly token: string | undefined;
  /** The version of this program. */
  readonly version: string;
}

/** The token for a bridge, and where it comes from. */
export interface TokenSource {
  readonly from: "given" | "published" | "saved" | "none";
  readonly text: string | undefined;
}

/** Returns the token for a bridge: the one that was given, else the published one, else the stored one. */
export async function tokenFor({ token, url }: BridgeChoice, entry: PublishedBridge | undefined): Promise<TokenSource> {
  if (token !== undefined) return { from: "given", text: token };
  if (entry?.token !== undefined) return { from: "published", text: entry.token };
  const saved = await savedToken();
  // It goes to bridges of this user only: those in the folder, and the one that it is of.
  const isOurs = entry !== undefined || saved?.url === url;
  return saved !== undefined && isOurs ? { from: "saved", text: saved.token } : { from: "none", text: undefined };
}

/** Returns the entry of an address, or of the first running bridge. */
async function entryFor({ url }: Pick<BridgeChoice, "url">): Promise<PublishedBridge | undefined> {
  const entries = await publishedBridges();
  if (url === undefined) return entries.find(({ pid }) => isRunning(pid));
  const { origin } = new URL(url);
  return entries.find((entry) => new URL(entry.url).origin === origin);
}

/** Returns the address of the bridge. @throws CliFailure if none is given and none runs */
async function urlOf(choice: BridgeChoice): Promise<string> {
  const url = choice.url ?? (await entryFor(choice))?.url;
  if (url !== undefined) return url;
  throw new CliFailure(
    exitCodes.unreachable.code,
    `No running bridge is published in ${discoveryFolder()}.`,
    "Start it in the editor, or run 'kiro-bridge doctor'.",
  );
}

function clientOptions({ version }: BridgeChoice): ClientOptions {
  return { name: `kiro-bridge-cli/${version}` };
}

/** Returns the client of an address, with this token and no other. */
export function clientOf(
  choice: BridgeChoice & { readonly url: string },
  options: ClientOptions = {},
): KiroBridgeClient {
  return new KiroBridgeClient(choice.url, { ...clientOptions(choice), token: choice.token, ...options });
}

/** A client, and the token that it sends. */
export interface Connection {
  readonly client: KiroBridgeClient;
  readonly token: string | undefined;
}

/**
 * Connects to the chosen bridge. A published token is only sent to a bridge that proves to have it.
 * @throws CliFailure
 */
export async function connect(
  choice: BridgeChoice,
  signal: AbortSignal,
  options: ClientOptions = {},
): Promise<Connection> {
  const url = await urlOf(choice);
  const entry = await entryFor({ url });
  const token = await tokenFor({ ...choice, url }, entry);
  if (token.from === "published" || token.from === "saved") {
    const listener = await probe(url, entry?.token, signal);
    if (listener.kind === "stranger")
      throw new CliFailure(
        exitCodes.unreachable.code,
        `Another program listens at ${url}: ${listener.why}. The token was not sent.`,
        "Run 'kiro-bridge doctor'.",
      );
  }
  return { client: clientOf({ ...choice, url, token: token.text }, options), token: token.text };
}

/** @throws CliFailure if it is not an address of HTTP */
export function parseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw usageFailure(`${text} is not an address such as http://127.0.0.1:3001.`);
  return text;
}

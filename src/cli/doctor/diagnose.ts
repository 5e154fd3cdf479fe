import { isKiroBridgeError, KiroBridgeClient } from "../../client/index.ts";
import type { BridgeChoice, TokenSource } from "../connection/connect.ts";
import { clientOptions, tokenFor } from "../connection/connect.ts";
import { type ExitCode, exitCodes } from "../exitCodes.ts";
import { checkDiscovery, checkListener, type FoundBridge, PAIR } from "./checkAddress.ts";
import { checkKiroCli, checkWindows } from "./checkEditor.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/**
 * Checks everything between this program and Kiro, from the discovery file to Kiro CLI. Stops where the rest depends on
 * what is wrong.
 */
export async function* diagnose(choice: BridgeChoice, signal: AbortSignal): AsyncGenerator<Finding, ExitCode> {
  const found = await checkDiscovery(choice.url);
  yield* found.findings;
  const { url, entry } = found;
  if (url === undefined) return exitCodes.unreachable.code;
  const token = await tokenFor(choice, entry);
  const listening = await checkListener(url, token, signal);
  yield* listening;
  const { check } = listening.find(isProblem) ?? {};
  if (check !== undefined) return check === "token" ? exitCodes.refused.code : exitCodes.unreachable.code;
  const client = new KiroBridgeClient(url, { ...clientOptions(choice), token: token.text });
  const access = await checkToken(client, token, signal);
  yield* access;
  if (access.some(isProblem)) return exitCodes.refused.code;
  const rest = [...checkVersion(choice.version, found), ...(await checkEditor(client, signal))];
  yield* rest;
  return rest.some(isProblem) ? exitCodes.failed.code : exitCodes.done.code;
}

function isProblem({ state }: Finding): boolean {
  return state === "problem";
}

/** The remedy for a wrong token, by the place that it comes from. */
const renewals: Readonly<Record<TokenSource["from"], string>> = {
  given: "Correct KIRO_BRIDGE_TOKEN or the token on stdin; 'Kiro Bridge: Copy Token' in the editor copies one.",
  published: "The token was replaced a moment ago, or the file is of another bridge. Try again.",
  saved: `The stored token was revoked or has expired. ${PAIR}`,
  none: `The bridge publishes no token. ${PAIR} Or put a token into KIRO_BRIDGE_TOKEN.`,
};

async function checkToken(
  client: KiroBridgeClient,
  token: TokenSource,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  try {
    const { name, kind, scopes } = await client.me({ signal });
    const who = kind === "owner" ? "the user's own" : `of ${name}`;
    return [ok("token", `The token is ${who}; it has ${scopes.length} permissions.`)];
  } catch (error) {
    if (!isKiroBridgeError(error)) throw error;
    const { code, message } = error;
    if (code !== "AUTHENTICATION_FAILED") return [problem("token", message, "Run 'kiro-bridge doctor' again.")];
    const why = token.from === "none" ? "No token was found." : "The bridge rejects the token (401).";
    return [problem("token", why, renewals[token.from])];
  }
}

function checkVersion(version: string, { entry }: FoundBridge): readonly Finding[] {
  if (entry?.version === undefined) return [];
  if (lineOf(entry.version) === lineOf(version)) return [ok("version", `The bridge has version ${entry.version}.`)];
  const message = `The bridge has version ${entry.version}, this program ${version}.`;
  return [
    warning("version", message, "Update the older one: the npm package kiro-bridge, or the extension in the editor."),
  ];
}

/** Versions of one line understand each other; below 1.0, the minor version is the line. */
function lineOf(version: string): string {
  const [major = "", minor = ""] = version.split(".");
  return major === "0" ? `0.${minor}` : major;
}

async function checkEditor(client: KiroBridgeClient, signal: AbortSignal): Promise<readonly Finding[]> {
  try {
    const [{ windows }, status] = await Promise.all([
      client.windows({ signal }),
      client.getStatus({ fields: ["cli"], signal }),
    ]);
    return [...checkWindows(windows), ...checkKiroCli(status)];
  } catch (error) {
    if (!isKiroBridgeError(error)) throw error;
    return [
      problem("windows", `The status cannot be read: ${error.message}`, "Pair with a role that includes status:read."),
    ];
  }
}

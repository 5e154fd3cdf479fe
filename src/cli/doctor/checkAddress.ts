import { isSameAddress, type TokenSource } from "../connection/connect.ts";
import { type BridgeEntry, discoveryFolder, readEntries } from "../../client/discovery/entries.ts";
import { nodeParts } from "../../client/discovery/node.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";
import { type Listener, probe } from "../connection/probe.ts";

/** Clients and bridge compare times to the second at most. */
const MAX_SKEW_MS = 30_000;

const START = "Open the editor with Kiro Bridge, and run 'Kiro Bridge: Start' there.";

export const PAIR = "Run 'kiro-bridge pair --save', and allow it in the editor.";

/** A bridge that was found, and what was found out on the way. */
export interface FoundBridge {
  readonly findings: readonly Finding[];
  /** Undefined if there is none, which the last finding explains. */
  readonly url: string | undefined;
  readonly entry: BridgeEntry | undefined;
}

/** Looks for the file of a running bridge. @param url the address that the user has given */
export async function checkDiscovery(url: string | undefined): Promise<FoundBridge> {
  const node = nodeParts();
  const folder = discoveryFolder(node);
  const entries = await readEntries(node, folder);
  if (url !== undefined) {
    const entry = entries.find((each) => isSameAddress(each.url, url));
    const where = entry === undefined ? `which no file in ${folder} names` : `of ${entry.file}`;
    return { findings: [ok("discovery", `The address is given: ${url}, ${where}.`)], url: entry?.url ?? url, entry };
  }
  const running = entries.find(({ pid }) => node.isAlive(pid));
  if (running !== undefined) {
    const stale = entries.filter((entry) => !node.isAlive(entry.pid)).map(staleness);
    return {
      findings: [...stale, ok("discovery", `${running.file} in ${folder} names ${running.url}.`)],
      url: running.url,
      entry: running,
    };
  }
  if (entries.length > 0) {
    const findings = entries.map(staleness);
    return {
      findings: [...findings, problem("discovery", "No bridge is running.", START)],
      url: undefined,
      entry: undefined,
    };
  }
  const message = `There is no bridge.json in ${folder}: no bridge is running, or it uses another folder.`;
  const advice = `${START} If it is on already, set KIRO_BRIDGE_HOME to its folder, or say --url.`;
  return { findings: [problem("discovery", message, advice)], url: undefined, entry: undefined };
}

function staleness({ file, pid }: BridgeEntry): Finding {
  const message = `${file} was left behind by process ${pid}, which has ended.`;
  return warning("discovery", message, "The next bridge that starts removes it.");
}

/** Asks who listens at the address. A problem means that the token must not be sent there. */
export async function checkListener(url: string, token: TokenSource, signal: AbortSignal): Promise<readonly Finding[]> {
  const listener = await probe(url, token.text, signal);
  if (listener.kind !== "bridge") return [strangeness(url, listener)];
  if (token.from === "published" && !listener.isProven)
    return [strangeness(url, { kind: "stranger", why: "it cannot prove that it has the published token" })];
  const { reason, clockSkewMs } = listener;
  const findings: Finding[] = [health(url, reason)];
  const seconds = Math.round(Math.abs(clockSkewMs) / 1000);
  if (Math.abs(clockSkewMs) <= MAX_SKEW_MS) findings.push(ok("clock", "The clocks agree."));
  else {
    const message = `The clock of the bridge is ${seconds} s ${clockSkewMs > 0 ? "ahead of" : "behind"} this one.`;
    findings.push(warning("clock", message, "Synchronize the clocks: tokens expire too early or too late."));
  }
  if (token.from === "saved" && !listener.isProven) findings.push(unknownToken());
  return findings;
}

/** A bridge that does not know the client, or a program that plays a bridge: the token is sent to neither. */
function unknownToken(): Finding {
  const message = "The program at the address does not know the stored token (401): it was revoked or has expired.";
  return problem("token", message, PAIR);
}

function strangeness(url: string, listener: Exclude<Listener, { kind: "bridge" }>): Finding {
  switch (listener.kind) {
    case "nothing":
      return problem("address", `Nothing answers at ${url}: ${listener.why}.`, START);
    case "stranger": {
      const message = `Another program listens at ${url}: ${listener.why}.`;
      return problem(
        "address",
        message,
        "End it or choose another kiroBridge.api.port, then run 'Kiro Bridge: Restart'. The token was not sent.",
      );
    }
    case "busy":
      return problem("address", `The program at ${url} has too many requests.`, "Try again in a minute.");
    case "wrong-host": {
      const { host } = new URL(url);
      const advice = `Add "${host}" to the setting kiroBridge.api.allowedHosts, or use 127.0.0.1 in the address.`;
      return problem("address", `The bridge does not answer to the name ${host} (403).`, advice);
    }
  }
}

function health(url: string, reason: string | undefined): Finding {
  switch (reason) {
    case undefined:
      return ok("address", `The bridge answers at ${url}.`);
    case "starting":
      return problem("address", "The bridge is starting.", "Wait a moment, and try again.");
    case "stopping":
      return problem("address", "The bridge is stopping.", START);
    default:
      return warning("address", `The bridge answers at ${url}, but is unhealthy: ${reason}.`, "See below.");
  }
}

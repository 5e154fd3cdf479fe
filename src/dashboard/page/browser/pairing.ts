import * as l10n from "@vscode/l10n";
import { type Clock, systemClock } from "../../../base/clock.ts";
import { pause } from "../../../base/pause.ts";
import { isKiroBridgeError } from "../../../client/errors.ts";
import type { Role } from "../../../protocol/access.ts";
import { messageOf } from "../../../protocol/errors.ts";
import { BROWSER_NAME } from "../../contract/browser.ts";
import type { AskedPairing, BridgeCalls } from "./bridgeCalls.ts";

/** The time between two attempts to learn the decision after one has failed, in milliseconds. */
const RETRY_MS = 2000;

/** The end of a pairing request: the token, or the reason why there is none, for people. */
export type PairingOutcome = { readonly token: string } | { readonly reason: string };

/** Asks for access, with another name if another tab is asking as well. @throws KiroBridgeError, TypeError */
export async function askForAccess(calls: BridgeCalls, role: Role, signal: AbortSignal): Promise<AskedPairing> {
  for (const name of [BROWSER_NAME, `${BROWSER_NAME} (2)`]) {
    try {
      return await calls.ask(name, role, signal);
    } catch (error) {
      if (!isNameTaken(error)) throw error;
    }
  }
  return calls.ask(`${BROWSER_NAME} (3)`, role, signal);
}

/**
 * Waits for the decision until the request has expired. A bridge that does not answer may be back in a moment.
 * @throws the signal's reason
 */
export async function waitForDecision(
  calls: BridgeCalls,
  { location, expiresAt }: Pick<AskedPairing, "location" | "expiresAt">,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<PairingOutcome> {
  while (Date.now() < Date.parse(expiresAt)) {
    try {
      const token = await calls.decision(location, signal);
      if (token !== undefined) return { token };
    } catch (error) {
      signal.throwIfAborted();
      const reason = reasonOf(error);
      if (reason !== undefined) return { reason };
      await pause(clock, RETRY_MS, signal);
    }
  }
  return { reason: expired() };
}

function expired(): string {
  return l10n.t("Nobody decided in time.");
}

/** Returns the reason of a refusal, or undefined for a failure that may pass. */
function reasonOf(error: unknown): string | undefined {
  if (!isKiroBridgeError(error)) return undefined;
  switch (error.code) {
    case "ACCESS_DENIED":
      return error.context?.["rule"] === "pairing" ? l10n.t("The request was denied.") : error.message;
    case "OPERATION_TIMEOUT":
      return expired();
    case "NOT_FOUND":
      return l10n.t("The bridge does not know the request any more. It may have been restarted.");
    default:
      return undefined;
  }
}

/** Returns the words for a request that could not be made. */
export function askFailure(error: unknown): string {
  return isKiroBridgeError(error) ? error.message : `${l10n.t("The bridge does not answer.")} ${messageOf(error)}`;
}

function isNameTaken(error: unknown): boolean {
  return isKiroBridgeError(error) && error.code === "RATE_LIMIT_EXCEEDED" && error.context?.["limit"] === 1;
}

import * as l10n from "@vscode/l10n";
import { translate } from "../language/translate.ts";
import { editorUser } from "../../core/access/principal.ts";
import { type AccessParts, decidePairing, pairingSentence } from "../../dashboard/channel/accessActions.ts";
import type { PairingDecision } from "../../dashboard/contract/access.ts";
import { isBridgeError, messageOf } from "../../protocol/errors.ts";
import type { PairRequest } from "../../protocol/pairing.ts";

/**
 * Maximum number of messages without a reply: the editor hides a message after some seconds, but keeps it until the user
 * clears it, also when its request has expired.
 */
const MAX_OPEN = 10;

const decisions = {
  [l10n.t("Allow")]: "allow",
  [l10n.t("Allow for 1 Hour")]: "allow-hour",
  [l10n.t("Deny")]: "deny",
} as const satisfies Record<string, PairingDecision>;
const DETAILS = l10n.t("Details");

export interface AccessPromptsDeps {
  readonly access: AccessParts;
  /** Shows a message that does not take the focus. @returns the selected button */
  readonly ask: (message: string, ...buttons: string[]) => Promise<string | undefined>;
  /** Returns true unless a program may have selected the button and the user, when asked, refuses. */
  readonly isWanted: () => Promise<boolean>;
  readonly tell: (message: string) => void;
  readonly showAccess: () => void;
}

/**
 * Asks the user in a message for each program that asks to be let in. A message whose request was decided elsewhere, or has
 * expired, has no effect. The request is also in the status bar and in the
 * dashboard. Ends with the bridge.
 */
export function promptForAccess(deps: AccessPromptsDeps): void {
  const { pairings } = deps.access;
  let asked: ReadonlySet<string> = new Set();
  let open = 0;
  const look = (): void => {
    for (const request of pairings.pending) {
      if (asked.has(request.id) || open >= MAX_OPEN) continue;
      asked = new Set([...asked, request.id]);
      open++;
      void prompt(deps, request).finally(() => {
        open--;
        look();
      });
    }
    asked = new Set(pairings.pending.map(({ id }) => id).filter((id) => asked.has(id)));
  };
  pairings.onDidChange(look);
  look();
}

async function prompt(deps: AccessPromptsDeps, request: PairRequest): Promise<void> {
  const { access, ask, tell, isWanted, showAccess } = deps;
  const button = await ask(`Kiro Bridge: ${pairingSentence(request)}`, ...Object.keys(decisions), DETAILS);
  if (button === DETAILS) showAccess();
  const decision = Object.entries(decisions).find(([label]) => label === button)?.[1];
  if (decision === undefined) return;
  try {
    const isPending = access.pairings.pending.some(({ id }) => id === request.id);
    if (isPending && decision !== "deny" && !(await isWanted())) return;
    decidePairing({ access, caller: editorUser }, request.id, decision);
  } catch (error) {
    if (!isBridgeError(error)) throw error;
    tell(`Kiro Bridge: ${translate(messageOf(error))}`);
  }
}

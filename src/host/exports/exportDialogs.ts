import * as l10n from "@vscode/l10n";
import { translate } from "../language/translate.ts";
import { readFile, stat } from "node:fs/promises";
import type { ExportControl } from "../../core/exportControl.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { quote } from "../../protocol/validate.ts";
import type { NamedSecrets } from "../../hosting/secrets/namedSecrets.ts";
import { cancellable } from "./cancellable.ts";

/** The dialogs of the editor, see `messages.ts`. */
type Dialogs = Pick<
  typeof import("../status/messages.ts"),
  "pick" | "askForText" | "showProgress" | "tell" | "tellBriefly"
>;

/** Collaborators of the dialogs for destinations of exports. */
export interface ExportDialogsDeps {
  readonly dialogs: Dialogs;
  /** The destinations of the setting, also of a bridge that is off. */
  readonly configured: () => readonly { readonly name: string; readonly kind: string }[];
  /** @throws BridgeError KIRO_UNAVAILABLE if the bridge is off */
  readonly control: () => ExportControl;
  readonly secrets: Pick<NamedSecrets, "read" | "store" | "remove">;
  /** Has the user select a file. @returns its path */
  readonly selectFile: (title: string) => Promise<string | undefined>;
}

const SECRET_TITLE = l10n.t("Set Secret of a Destination");
const TEST_TITLE = l10n.t("Test Destination");
const REPLAY_TITLE = l10n.t("Replay Dead Letters");
/** In characters, or bytes of a file; a secret may be the JSON of a service account. */
const LONGEST_SECRET = 32 * 1024;

const ways = [
  { label: l10n.t("Enter it"), description: l10n.t("a key, or JSON with several values"), way: "enter" },
  { label: l10n.t("Read it from a file…"), description: l10n.t("such as the key of a service account"), way: "file" },
] as const;
const removal = { label: l10n.t("Remove the stored secret"), description: "", way: "remove" } as const;

/** Stores or removes the secret of a destination. @param wanted its name, which is asked for otherwise */
export async function setExportSecret(deps: ExportDialogsDeps, wanted: string | undefined): Promise<void> {
  const { dialogs, secrets, configured } = deps;
  const name = await askForDestination(dialogs, SECRET_TITLE, configured(), wanted);
  if (name === undefined) return;
  const isStored = (await secrets.read(name)) !== undefined;
  const options = {
    title: SECRET_TITLE,
    placeHolder: l10n.t("Select where the secret of {0} comes from", quote(name)),
    ignoreFocusOut: true,
  };
  const way = (await dialogs.pick([...ways, ...(isStored ? [removal] : [])], options))?.way;
  if (way === undefined) return;
  if (way === "remove") {
    await secrets.remove(name);
    dialogs.tellBriefly(l10n.t("Kiro Bridge: The secret of {0} was removed.", quote(name)));
    return;
  }
  const secret = way === "enter" ? await enterSecret(dialogs, name) : await readSecret(deps);
  if (secret === undefined) return;
  await secrets.store(name, secret);
  dialogs.tellBriefly(l10n.t("Kiro Bridge: The secret of {0} was stored.", quote(name)));
}

/** Sends one marked item, and says in words what came back. @param wanted see `setExportSecret` */
export async function testExport(deps: ExportDialogsDeps, wanted: string | undefined): Promise<void> {
  const { dialogs } = deps;
  const control = deps.control();
  const used = control.list().destinations.filter(({ state }) => state !== "off");
  const name = await askForDestination(dialogs, TEST_TITLE, used, wanted);
  if (name === undefined) return;
  const title = l10n.t("Kiro Bridge: Testing {0}…", quote(name));
  const tested = await cancellable(dialogs, title, (signal) => control.test(name, signal));
  if (tested === undefined) return;
  const { success, outcome, message } = tested.result;
  const said = success ? proofOf(name, outcome) : l10n.t("Kiro Bridge: The test of {0} has failed.", quote(name));
  await dialogs.tell(success ? "information" : "warning", `${said} ${translate(message)}`);
}

function proofOf(name: string, outcome: "stored" | "sent" | undefined): string {
  return outcome === "stored"
    ? l10n.t("Kiro Bridge: {0} has stored the test item.", quote(name))
    : l10n.t("Kiro Bridge: {0} has received the test item, which does not prove that it is stored.", quote(name));
}

/** Sends the dead letters of a destination again. @param wanted see `setExportSecret` */
export async function replayDeadLetters(deps: ExportDialogsDeps, wanted: string | undefined): Promise<void> {
  const { dialogs } = deps;
  const control = deps.control();
  const waiting = control.list().destinations.filter(({ deadLetters }) => deadLetters > 0);
  const items = waiting.map(({ name, deadLetters }) => ({ name, kind: deadLettersText(deadLetters) }));
  const name = await askForDestination(dialogs, REPLAY_TITLE, items, wanted);
  if (name === undefined) return;
  const count = await control.replay(name);
  dialogs.tellBriefly(
    count === 1
      ? l10n.t("Kiro Bridge: 1 dead letter of {0} is sent again.", quote(name))
      : l10n.t("Kiro Bridge: {0} dead letters of {1} are sent again.", count, quote(name)),
  );
}

function deadLettersText(count: number): string {
  return count === 1 ? l10n.t("1 dead letter") : l10n.t("{0} dead letters", count);
}

async function enterSecret({ askForText }: Dialogs, name: string): Promise<string | undefined> {
  const entered = await askForText({
    title: SECRET_TITLE,
    prompt: l10n.t("Enter the secret of {0}", quote(name)),
    password: true,
    validateInput: (text) => {
      const problem = problemOf(text.trim());
      return problem && translate(problem);
    },
  });
  return entered?.trim();
}

/** @throws BridgeError VALIDATION_FAILED for a file that cannot be a secret */
async function readSecret({ selectFile }: Pick<ExportDialogsDeps, "selectFile">): Promise<string | undefined> {
  const path = await selectFile(SECRET_TITLE);
  if (path === undefined) return undefined;
  const isLong = (await stat(path)).size > LONGEST_SECRET;
  const text = isLong ? "" : (await readFile(path, "utf8")).trim();
  const problem = isLong ? `A secret has at most ${LONGEST_SECRET} bytes.` : problemOf(text);
  if (problem !== undefined) throw new BridgeError("VALIDATION_FAILED", problem);
  return text;
}

/** Returns why a text cannot be a secret, or undefined. */
function problemOf(secret: string): string | undefined {
  if (secret === "") return "Enter the secret.";
  return secret.length > LONGEST_SECRET ? `A secret has at most ${LONGEST_SECRET} characters.` : undefined;
}

/** @throws BridgeError NOT_FOUND if there is none, or not the wanted one */
async function askForDestination(
  { pick }: Pick<Dialogs, "pick">,
  title: string,
  destinations: readonly { readonly name: string; readonly kind: string }[],
  wanted: string | undefined,
): Promise<string | undefined> {
  if (wanted !== undefined && !destinations.some(({ name }) => name === wanted))
    throw new BridgeError("NOT_FOUND", `There is no such destination with the name ${quote(wanted)}.`);
  if (wanted !== undefined) return wanted;
  if (destinations.length === 0)
    throw new BridgeError(
      "NOT_FOUND",
      "There is no such destination. Add one to the setting kiroBridge.exports first.",
    );
  const items = destinations.map(({ name, kind }) => ({ label: name, description: kind }));
  return (await pick(items, { title, placeHolder: l10n.t("Select the destination") }))?.label;
}

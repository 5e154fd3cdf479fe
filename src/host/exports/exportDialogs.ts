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

const SECRET_TITLE = "Set Secret of a Destination";
const TEST_TITLE = "Test Destination";
const REPLAY_TITLE = "Replay Dead Letters";
/** In characters, or bytes of a file; a secret may be the JSON of a service account. */
const LONGEST_SECRET = 32 * 1024;

const ways = [
  { label: "Enter it", description: "a key, or JSON with several values", way: "enter" },
  { label: "Read it from a file…", description: "such as the key of a service account", way: "file" },
] as const;
const removal = { label: "Remove the stored secret", description: "", way: "remove" } as const;

/** Stores or removes the secret of a destination. @param wanted its name, which is asked for otherwise */
export async function setExportSecret(deps: ExportDialogsDeps, wanted: string | undefined): Promise<void> {
  const { dialogs, secrets, configured } = deps;
  const name = await askForDestination(dialogs, SECRET_TITLE, configured(), wanted);
  if (name === undefined) return;
  const isStored = (await secrets.read(name)) !== undefined;
  const options = { title: SECRET_TITLE, placeHolder: `Select where the secret of ${quote(name)} comes from` };
  const way = (await dialogs.pick([...ways, ...(isStored ? [removal] : [])], options))?.way;
  if (way === undefined) return;
  if (way === "remove") {
    await secrets.remove(name);
    dialogs.tellBriefly(`Kiro Bridge: The secret of ${quote(name)} was removed.`);
    return;
  }
  const secret = way === "enter" ? await enterSecret(dialogs, name) : await readSecret(deps);
  if (secret === undefined) return;
  await secrets.store(name, secret);
  dialogs.tellBriefly(`Kiro Bridge: The secret of ${quote(name)} was stored.`);
}

/** Sends one marked item, and says in words what came back. @param wanted see `setExportSecret` */
export async function testExport(deps: ExportDialogsDeps, wanted: string | undefined): Promise<void> {
  const { dialogs } = deps;
  const control = deps.control();
  const used = control.list().destinations.filter(({ state }) => state !== "off");
  const name = await askForDestination(dialogs, TEST_TITLE, used, wanted);
  if (name === undefined) return;
  const title = `Kiro Bridge: Testing ${quote(name)}…`;
  const tested = await cancellable(dialogs, title, (signal) => control.test(name, signal));
  if (tested === undefined) return;
  const { success, outcome, message } = tested.result;
  if (success)
    await dialogs.tell("information", `Kiro Bridge: ${quote(name)} has ${proofs[outcome ?? "sent"]} ${message}`);
  else await dialogs.tell("warning", `Kiro Bridge: The test of ${quote(name)} has failed. ${message}`);
}

const proofs = {
  stored: "stored the test item.",
  sent: "received the test item, which does not prove that it is stored.",
} as const;

/** Sends the dead letters of a destination again. @param wanted see `setExportSecret` */
export async function replayDeadLetters(deps: ExportDialogsDeps, wanted: string | undefined): Promise<void> {
  const { dialogs } = deps;
  const control = deps.control();
  const waiting = control.list().destinations.filter(({ deadLetters }) => deadLetters > 0);
  const items = waiting.map(({ name, deadLetters }) => ({ name, kind: `${deadLetters} dead letters` }));
  const name = await askForDestination(dialogs, REPLAY_TITLE, items, wanted);
  if (name === undefined) return;
  const count = await control.replay(name);
  dialogs.tellBriefly(`Kiro Bridge: ${count} dead letters of ${quote(name)} are sent again.`);
}

async function enterSecret({ askForText }: Dialogs, name: string): Promise<string | undefined> {
  const entered = await askForText({
    title: SECRET_TITLE,
    prompt: `Enter the secret of ${quote(name)}`,
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) => problemOf(text.trim()),
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
  return (await pick(items, { title, placeHolder: "Select the destination" }))?.label;
}

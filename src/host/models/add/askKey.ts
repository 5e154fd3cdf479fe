import * as l10n from "@vscode/l10n";
import { translate } from "../../language/translate.ts";
import type { EngineAuth } from "../../../agents/engines/engineSettings.ts";
import type { EnginePreset } from "../../../agents/engines/presets.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import { ADD_TITLE, type Dialogs } from "./dialogs.ts";
import type { EngineEntrySettings } from "./engineList.ts";
import type { ModelWish } from "./modelWish.ts";

type Asking = Pick<Dialogs, "pick" | "askForText">;
type AuthEntry = NonNullable<EngineEntrySettings["auth"]>;

/** The way to the key of an engine, and the key if the editor is to keep it. */
export interface EnteredKey {
  readonly auth: AuthEntry;
  readonly key?: string | undefined;
}

/** In characters; a key has some hundred at most. */
const LONGEST_KEY = 8192;

const ways: Readonly<Record<EngineAuth["kind"], { readonly label: string; readonly description: string }>> = {
  secret: { label: l10n.t("Enter its key"), description: l10n.t("which this editor keeps as a secret") },
  entra: {
    label: l10n.t("Microsoft Entra"),
    description: l10n.t("with the secret of an application, which this editor keeps"),
  },
  environment: {
    label: l10n.t("An environment variable"),
    description: l10n.t("has the key, in the environment of the editor"),
  },
  command: { label: l10n.t("A command"), description: l10n.t("prints the key whenever one is needed") },
  none: { label: l10n.t("No key"), description: l10n.t("the server wants none") },
};

/** Asks how to get the key, and for the key if the editor is to keep it. @returns undefined if the user has left */
export async function askForKey(
  asking: Asking,
  preset: EnginePreset,
  wish: Pick<ModelWish, "auth" | "key">,
): Promise<EnteredKey | undefined> {
  const auth = wish.auth ?? (await askForAuth(asking, preset));
  if (auth === undefined) return undefined;
  if (!isKept(auth)) return { auth };
  const key = wish.key ?? (await enterKey(asking, { title: ADD_TITLE, name: preset.subject ?? preset.name, auth }));
  return key === undefined ? undefined : { auth, key };
}

/** Returns true if the editor keeps the key, or the client secret, of such an engine. */
export function isKept({ kind }: Pick<EngineAuth, "kind">): boolean {
  return kind === "secret" || kind === "entra";
}

/** Has the user type a key, which is not shown. @returns undefined if they have left */
export async function enterKey(
  { askForText }: Pick<Dialogs, "askForText">,
  { title, name, auth }: { readonly title: string; readonly name: string; readonly auth: Pick<EngineAuth, "kind"> },
): Promise<string | undefined> {
  const key = await askForText({
    title,
    prompt:
      auth.kind === "entra"
        ? l10n.t("Enter the client secret of the application")
        : l10n.t("Enter the key of {0}", translate(name)),
    password: true,
    validateInput: (entered) => shown(problemOfKey(entered.trim())),
  });
  return key?.trim();
}

/** Returns a problem in the language of the editor. */
function shown(problem: string | undefined): string | undefined {
  return problem && translate(problem);
}

/** Returns why a text cannot be a key, or undefined. */
function problemOfKey(key: string): string | undefined {
  if (key === "") return "Enter the key.";
  if (key.length > LONGEST_KEY) return `A key has at most ${LONGEST_KEY} characters.`;
  // It is sent in a header.
  return /^[\x21-\x7e]+$/.test(key) ? undefined : "A key has no spaces and no characters outside of ASCII.";
}

async function askForAuth(asking: Asking, preset: EnginePreset): Promise<AuthEntry | undefined> {
  switch (await askForKind(asking, preset)) {
    case "secret":
      return { kind: "secret" };
    case "none":
      return { kind: "none" };
    case "environment":
      return await askForVariable(asking, preset);
    case "command":
      return await askForCommand(asking, preset);
    case "entra":
      return await askForApplication(asking);
    case undefined:
      return undefined;
  }
}

async function askForKind(
  { pick }: Asking,
  { auth, name, subject = name }: EnginePreset,
): Promise<EngineAuth["kind"] | undefined> {
  const [only, ...others] = auth;
  if (others.length === 0) return only;
  const items = auth.map((way) => ({ ...ways[way], way }));
  const options = {
    title: ADD_TITLE,
    placeHolder: l10n.t("Select where the key of {0} is", translate(subject)),
    ignoreFocusOut: true,
  };
  return (await pick(items, options))?.way;
}

async function askForVariable({ askForText }: Asking, { variable = "" }: EnginePreset): Promise<AuthEntry | undefined> {
  const entered = await askForText({
    title: ADD_TITLE,
    prompt: l10n.t("Enter the name of the variable, which must be in the environment of the editor when it starts"),
    value: variable,
    validateInput: (text) =>
      /^[A-Za-z_]\w{0,99}$/.test(text.trim()) ? undefined : l10n.t("Enter the name of a variable."),
  });
  return entered === undefined ? undefined : { kind: "environment", variable: entered.trim() };
}

async function askForCommand({ askForText }: Asking, { command = [] }: EnginePreset): Promise<AuthEntry | undefined> {
  const entered = await askForText({
    title: ADD_TITLE,
    prompt: l10n.t(
      "Enter the command, which runs without a shell and prints the key as one line. A list of JSON for words with spaces.",
    ),
    value: command.join(" "),
    validateInput: (text) =>
      wordsOf(text) === undefined ? l10n.t('Enter words, or a list such as ["program", "two words"].') : undefined,
  });
  const words = entered === undefined ? undefined : wordsOf(entered);
  return words && { kind: "command", command: [...words] };
}

/** Returns the words of a command line, or undefined if there are none. */
function wordsOf(text: string): readonly string[] | undefined {
  const trimmed = text.trim();
  const words = trimmed.startsWith("[") ? wordsOfJson(trimmed) : trimmed.split(/\s+/);
  return words.length === 0 || words.includes("") ? undefined : words;
}

function wordsOfJson(text: string): readonly string[] {
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) && words.every((word) => typeof word === "string") ? words : [];
  } catch {
    return [];
  }
}

async function askForApplication({ askForText }: Asking): Promise<AuthEntry | undefined> {
  const ask = async (prompt: string): Promise<string | undefined> => {
    const validateInput = (text: string) =>
      /^[\w.-]{1,100}$/.test(text.trim()) ? undefined : l10n.t("Enter an ID as the Azure portal shows it.");
    const entered = await askForText({ title: ADD_TITLE, prompt, validateInput });
    return entered?.trim();
  };
  const tenantId = await ask(l10n.t("Enter the directory (tenant) ID, as the Azure portal shows it"));
  const clientId =
    tenantId === undefined
      ? undefined
      : await ask(l10n.t("Enter the application (client) ID, as the Azure portal shows it"));
  if (tenantId === undefined || clientId === undefined) return undefined;
  return { kind: "entra", tenantId, clientId };
}

/** @throws BridgeError VALIDATION_FAILED for a given key that cannot be one */
export function assertKey({ key }: Pick<ModelWish, "key">): void {
  const problem = key === undefined ? undefined : problemOfKey(key);
  if (problem !== undefined) throw new BridgeError("VALIDATION_FAILED", problem, { field: "key" });
}

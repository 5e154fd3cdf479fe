import type * as z from "zod";
import { settingsSlices } from "../../bridge/settingsTable.ts";
import { NameIndex } from "../../core/commands/nearest.ts";
import { quote } from "../../protocol/validate.ts";

const PREFIX = "kiroBridge.";

/** The schemas of all settings, by their keys without the prefix `kiroBridge.`. */
export const settingSchemas: ReadonlyMap<string, z.ZodType> = new Map(
  settingsSlices.flatMap(({ shape }) => Object.entries(shape)),
);

const names = new NameIndex([...settingSchemas.keys()]);

/** Settings that are for windows of editors, and why they do nothing here. */
const ofEditors: Readonly<Record<string, string>> = {
  autoStart: "this server is on while it runs",
  "agents.editorTools": "there is no editor whose MCP servers could be used; set agents.mcpServers",
  "analytics.enabled": "only the extension reports how it is used",
  "analytics.url": "only the extension reports how it is used",
  "analytics.projectKey": "only the extension reports how it is used",
};

/** Returns a key without the prefix of the editor's settings. */
export function keyOf(name: string): string {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
}

/** Returns a sentence about a key that no setting has. */
export function unknownSetting(key: string): string {
  const [near] = names.nearest(key, 1);
  return `There is no setting ${quote(key)}.${near === undefined ? "" : ` Did you mean ${near}?`}`;
}

/** Returns a sentence if a setting does nothing without an editor. */
export function editorSetting(key: string): string | undefined {
  const reason = ofEditors[key];
  return reason === undefined ? undefined : `The setting ${key} does nothing here: ${reason}.`;
}

/** Reads the value of a setting from a text: as it is if the setting takes it, else as JSON. */
export function valueOfText(key: string, text: string): unknown {
  if (settingSchemas.get(key)?.safeParse(text).success === true) return text;
  try {
    return JSON.parse(text);
  } catch {
    // The check of all settings says what is expected.
    return text;
  }
}

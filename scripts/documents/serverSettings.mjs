// The settings of `kiro-bridge serve`, made of those of the editor in package.json: for its --list-settings and docs/serve.md.
import { readFileSync } from "node:fs";
import { variableOf } from "../../src/serve/settings/environment.ts";
import { editorSetting } from "../../src/serve/settings/knownSettings.ts";

const PREFIX = "kiroBridge.";

/** Returns the settings that have an effect without an editor, in the order of package.json. */
export function serverSettings() {
  const { contributes } = JSON.parse(readFileSync("package.json", "utf8"));
  const words = JSON.parse(readFileSync("package.nls.json", "utf8"));
  return Object.entries(contributes.configuration.properties)
    .map(([name, property]) => settingOf(name.slice(PREFIX.length), property, words))
    .filter(({ key }) => editorSetting(key) === undefined);
}

function settingOf(key, { type, default: value, enum: choices, minimum, maximum, markdownDescription }, words) {
  const limits = minimum === undefined ? "" : ` from ${minimum} to ${maximum}`;
  return {
    key,
    variable: variableOf(key),
    type: choices === undefined ? `${type}${limits}` : choices.join(" | "),
    default: value,
    description: plain(words[markdownDescription.replaceAll("%", "")]),
  };
}

/** In the settings editor `#name#` is a link to another setting. */
function plain(text) {
  return text.replaceAll(/`#([\w.]+)#`/g, "`$1`");
}

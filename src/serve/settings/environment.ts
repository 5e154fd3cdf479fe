import { NameIndex } from "../../core/commands/nearest.ts";
import { quote } from "../../protocol/validate.ts";
import { editorSetting, settingSchemas, valueOfText } from "./knownSettings.ts";
import { invalidValues, type SettingsLayer } from "./settingsLayer.ts";

const PREFIX = "KIRO_BRIDGE_";

/** Variables of programs that call the bridge, of plugins, and of the command line. They are not settings. */
const otherVariables: readonly string[] = ["HOME", "URL", "TOKEN", "PLUGIN"].map((name) => PREFIX + name);

/** The keys of the settings by the names of their variables. */
const keys: ReadonlyMap<string, string> = new Map([...settingSchemas.keys()].map((key) => [variableOf(key), key]));
const names = new NameIndex([...keys.keys()]);

/** Returns the variable of a setting: `KIRO_BRIDGE_API_MAX_BODY_BYTES` for `api.maxBodyBytes`. */
export function variableOf(key: string): string {
  const words = key.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").replaceAll(".", "_");
  return PREFIX + words.toUpperCase();
}

/** Reads the settings of environment variables. Lists and objects are JSON. An empty variable is not set. */
export function readEnvironment(environment: NodeJS.ProcessEnv): SettingsLayer {
  const values = new Map<string, unknown>();
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const [variable, text = ""] of Object.entries(environment)) {
    if (!variable.startsWith(PREFIX) || text === "" || otherVariables.includes(variable)) continue;
    const key = keys.get(variable);
    if (key === undefined) {
      const [near] = names.nearest(variable, 1);
      const hint = near === undefined ? "" : ` Did you mean ${near}?`;
      warnings.push(`No setting has the variable ${quote(variable)}.${hint}`);
      continue;
    }
    const value = valueOfText(key, text);
    values.set(key, value);
    problems.push(...invalidValues(new Map([[key, value]])).map((problem) => `${variable}: ${problem}`));
    const warning = editorSetting(key);
    if (warning !== undefined) warnings.push(`${variable}: ${warning}`);
  }
  return { values, problems, warnings };
}

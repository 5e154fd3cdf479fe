import { editorSetting, keyOf, settingSchemas, unknownSetting, valueOfText } from "./knownSettings.ts";
import { invalidValues, type SettingsLayer } from "./settingsLayer.ts";

/** An option of the command line that is a setting. */
export interface SettingFlag {
  /** As the user has typed it, such as `--port`. */
  readonly flag: string;
  /** With or without the prefix `kiroBridge.`. */
  readonly setting: string;
  readonly text: string;
}

/** Reads the settings of options. A later option replaces an earlier one. */
export function readFlags(flags: readonly SettingFlag[]): SettingsLayer {
  const values = new Map<string, unknown>();
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const { flag, setting, text } of flags) {
    const key = keyOf(setting);
    if (!settingSchemas.has(key)) {
      problems.push(`${flag}: ${unknownSetting(key)}`);
      continue;
    }
    const value = valueOfText(key, text);
    values.set(key, value);
    problems.push(...invalidValues(new Map([[key, value]])).map((problem) => `${flag}: ${problem}`));
    const warning = editorSetting(key);
    if (warning !== undefined) warnings.push(`${flag}: ${warning}`);
  }
  return { values, problems, warnings };
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { installation } from "./installation.ts";

/** A setting of the server, as scripts/packNpm.mjs has written it from package.json. */
export interface ListedSetting {
  /** Without the prefix `kiroBridge.`. */
  readonly key: string;
  readonly variable: string;
  readonly type: string;
  readonly default: unknown;
  readonly description: string;
}

/** Reads the list of all settings, which is made of the editor's. */
export function readSettingList(): readonly ListedSetting[] {
  return JSON.parse(readFileSync(join(installation, "settings.json"), "utf8"));
}

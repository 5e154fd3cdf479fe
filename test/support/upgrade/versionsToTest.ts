import { commitOf } from "./earlierBuild.ts";
import { type EarlierVersion, earlierVersions, versionNamed } from "./earlierVersions.ts";

/** Of the versions that are known, those that are tested by default: the latest, and one from before most formats of files. */
const DEFAULTS = ["exports", "windows"];
/** The version that a tag or a commit gets which is not in the list. */
const OTHER_VERSION = "0.0.9";

/**
 * Returns the versions to update from: `UPGRADE_FROM` has names of `earlierVersions`, tags or commits, separated by commas;
 * `all` are all that are known.
 */
export async function versionsToTest(): Promise<readonly EarlierVersion[]> {
  const from = (process.env["UPGRADE_FROM"] ?? "").split(",").filter((name) => name !== "");
  if (from.includes("all")) return earlierVersions;
  if (from.length === 0) return DEFAULTS.map(versionNamed);
  return await Promise.all(from.map(versionOf));
}

async function versionOf(name: string): Promise<EarlierVersion> {
  const known = earlierVersions.find((version) => version.name === name || version.commit === name);
  return known ?? { name, commit: await commitOf(name), version: OTHER_VERSION };
}

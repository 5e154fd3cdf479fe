import { sectionsOf } from "./changelog.mjs";

/**
 * Returns CHANGELOG.md with the unreleased section as that of a version.
 * @throws if there is no unreleased section, or it says nothing
 */
export function datedChangelog(changelog, version, date) {
  const [newest] = sectionsOf(changelog);
  if (newest === undefined || newest.isReleased || newest.notes === "") {
    throw new Error("CHANGELOG.md has nothing under Unreleased.");
  }
  return changelog.replace(/^## \[Unreleased\].*$/m, `## [${version}] – ${date}`);
}

/** Replaces the first match of a pattern by the version. @throws if there is none */
export function withVersion(text, pattern, version) {
  if (!pattern.test(text)) throw new Error(`There is no ${pattern}.`);
  return text.replace(pattern, (_all, before, after) => `${before}${version}${after}`);
}

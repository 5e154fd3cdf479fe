/** Returns CHANGELOG.md with the unreleased section as that of a version. @throws if it says nothing */
export function datedChangelog(changelog: string, version: string, date: string): string;

/** Replaces what is between the two groups of the first match of a pattern by the version. @throws if there is none */
export function withVersion(text: string, pattern: RegExp, version: string): string;

export interface ChangelogSection {
  readonly version: string | undefined;
  readonly date: string | undefined;
  readonly isReleased: boolean;
  readonly notes: string;
}

/** Returns the sections of CHANGELOG.md, the newest first. @throws if a heading has another form */
export function sectionsOf(changelog: string): ChangelogSection[];

/** Returns what CHANGELOG.md says of a version. @throws if it has no section with a date, or an empty one */
export function notesOf(changelog: string, version: string): string;

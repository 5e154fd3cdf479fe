/** A heading of CHANGELOG.md: `## [1.2.0] – 2026-11-28`, `## [Unreleased]` or `## [Unreleased] – 1.2.0`. */
const HEADING = /^## \[(?<name>[^\]]+)\](?: [–-] (?<rest>\S+))?\s*$/;
const UNRELEASED = "Unreleased";
const VERSION = /^\d+\.\d+\.\d+$/;

/**
 * Returns the sections of CHANGELOG.md, the newest first. `version` of the unreleased one is that of its heading, if it has one.
 * @throws if a heading has another form
 */
export function sectionsOf(changelog) {
  const sections = [];
  for (const line of changelog.replaceAll("\r\n", "\n").split("\n")) {
    if (line.startsWith("## ")) sections.push({ ...headingOf(line), lines: [] });
    else sections.at(-1)?.lines.push(line);
  }
  return sections.map(({ lines, ...heading }) => ({ ...heading, notes: lines.join("\n").trim() }));
}

function headingOf(line) {
  const { name, rest } = HEADING.exec(line)?.groups ?? {};
  if (name === UNRELEASED && (rest === undefined || VERSION.test(rest))) {
    return { version: rest, date: undefined, isReleased: false };
  }
  if (name !== undefined && VERSION.test(name) && rest !== undefined && isDate(rest)) {
    return { version: name, date: rest, isReleased: true };
  }
  throw new Error(`CHANGELOG.md has the heading "${line}": write "## [1.2.0] – 2026-11-28" or "## [Unreleased]".`);
}

function isDate(text) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** Returns what CHANGELOG.md says of a version. @throws if it has no section with a date, or an empty one */
export function notesOf(changelog, version) {
  const section = sectionsOf(changelog).find((each) => each.isReleased && each.version === version);
  if (section === undefined) throw new Error(`CHANGELOG.md has no heading "## [${version}] – <date>".`);
  if (section.notes === "") throw new Error(`CHANGELOG.md says nothing about ${version}.`);
  return section.notes;
}

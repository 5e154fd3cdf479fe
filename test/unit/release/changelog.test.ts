import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { notesOf, sectionsOf } from "../../../scripts/release/parts/changelog.mjs";

const changelog = `# Changelog

The format is based on Keep a Changelog.

## [Unreleased]

## [0.2.0] – 2026-12-01

### Added

- Something new, with a heading in its text:
  \`## not a heading\`.

## [0.1.0] - 2026-11-28

### Fixed

- The first.
`;

describe("CHANGELOG.md", () => {
  it("is read as sections, the newest first", () => {
    assert.deepEqual(
      sectionsOf(changelog).map(({ version, date, isReleased }) => [version, date, isReleased]),
      [
        [undefined, undefined, false],
        ["0.2.0", "2026-12-01", true],
        ["0.1.0", "2026-11-28", true],
      ],
    );
  });

  it("gives the notes of a version alone, as they are", () => {
    assert.equal(
      notesOf(changelog, "0.2.0"),
      "### Added\n\n- Something new, with a heading in its text:\n  `## not a heading`.",
    );
    assert.equal(notesOf(changelog.replaceAll("\n", "\r\n"), "0.1.0"), "### Fixed\n\n- The first.");
  });

  it("gives no notes of a version that has no date, or of which it says nothing", () => {
    assert.throws(() => notesOf("## [Unreleased] – 0.3.0\n\n- Soon.\n", "0.3.0"), /no heading "## \[0\.3\.0\]/);
    assert.throws(() => notesOf("## [0.3.0] – 2026-12-02\n\n## [0.2.0] – 2026-12-01\n", "0.3.0"), /says nothing/);
  });

  for (const heading of [
    "## 0.3.0",
    "## [0.3.0]",
    "## [0.3.0] – soon",
    "## [0.3.0] – 2026-02-30",
    "## [0.3] – 2026-12-01",
    "## [Unreleased] – 2026-12-01",
  ])
    it(`is refused with the heading "${heading}"`, () => {
      assert.throws(
        () => sectionsOf(`${heading}\n\n- Text.\n`),
        ({ message }: Error) => message.includes(heading),
      );
    });

  it("of this repository has headings of this form, and says something", () => {
    const [first] = sectionsOf(readFileSync(join(import.meta.dirname, "../../../CHANGELOG.md"), "utf8"));
    assert.match(first?.notes ?? "", /^### Added\n\n- /);
  });
});

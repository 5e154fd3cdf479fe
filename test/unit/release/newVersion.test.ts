import assert from "node:assert/strict";
import { sectionsOf } from "../../../scripts/release/parts/changelog.mjs";
import { datedChangelog, withVersion } from "../../../scripts/release/parts/newVersion.mjs";

describe("A new version", () => {
  for (const heading of ["## [Unreleased]", "## [Unreleased] – 0.2.0"]) {
    it(`takes the place of "${heading}"`, () => {
      const older = "## [0.1.0] – 2026-11-28\n\n- First, with a word about [Unreleased].\n";
      const changelog = `# Changelog\n\n${heading}\n\n- New.\n\n${older}`;
      const dated = datedChangelog(changelog, "0.2.0", "2026-12-01");
      assert.equal(dated, `# Changelog\n\n## [0.2.0] – 2026-12-01\n\n- New.\n\n${older}`);
      assert.equal(sectionsOf(dated)[0]?.version, "0.2.0");
    });
  }

  it("needs something that is unreleased", () => {
    for (const changelog of ["", "## [0.1.0] – 2026-11-28\n\n- First.\n", "## [Unreleased]\n\n"])
      assert.throws(() => datedChangelog(changelog, "0.2.0", "2026-12-01"), /nothing under Unreleased/);
  });

  it("replaces one version in a manifest, and the rest of it remains", () => {
    const manifest = '{\n  "version": "0.1.0",\n  "engines": { "version": "1" }\n}\n';
    const pattern = /("version": ")[^"]*(")/;
    assert.equal(withVersion(manifest, pattern, "0.2.0"), manifest.replace("0.1.0", "0.2.0"));
    assert.throws(() => withVersion("{}", pattern, "0.2.0"), /There is no/);
  });
});

import assert from "node:assert/strict";
import { releaseProblems, type ReleaseState, versionProblems } from "../../../scripts/release/parts/versionChecks.mjs";

const changelog = "## [Unreleased]\n\n## [0.2.0] – 2026-12-01\n\n- New.\n\n## [0.1.0] – 2026-11-28\n\n- First.\n";
const facts = { version: "0.2.0", versions: { "package-lock.json": "0.2.0", "pubspec.yaml": "0.2.0" }, changelog };
const release = {
  ...facts,
  repository: "git+https://github.com/owner/name.git",
  now: Date.parse("2026-12-01T10:00:00Z"),
};
const state: ReleaseState = {
  tag: "v0.2.0",
  tagCommit: "a".repeat(40),
  headCommit: "a".repeat(40),
  changedFiles: [],
  workflowRepository: "owner/name",
};

/** Asserts that there is one problem, of these words. */
function oneProblem(problems: readonly string[], words: RegExp): void {
  assert.equal(problems.length, 1, problems.join("\n"));
  assert.match(problems[0] ?? "", words);
}

describe("The checks of versions", () => {
  it("find nothing in a repository after a release, and in one before it", () => {
    assert.deepEqual(versionProblems(facts), []);
    assert.deepEqual(versionProblems({ ...facts, changelog: "## [Unreleased] – 0.2.0\n\n- New.\n" }), []);
  });

  it("find a package with another version, or without one", () => {
    const versions = { ...facts.versions, "pubspec.yaml": "0.1.0" };
    oneProblem(versionProblems({ ...facts, versions }), /pubspec\.yaml has the version 0\.1\.0/);
    oneProblem(versionProblems({ ...facts, versions: { "pubspec.yaml": undefined } }), /version undefined/);
  });

  it("find a version that the Marketplace refuses", () => {
    const version = "0.2.0-pre.1";
    const problems = versionProblems({ version, versions: {}, changelog: "## [Unreleased]\n" });
    assert.match(problems[0] ?? "", /must be three numbers/);
  });

  it("find a version of which the newest headings say nothing", () => {
    oneProblem(versionProblems({ ...facts, version: "0.4.0", versions: {} }), /package\.json has the version 0\.4\.0/);
    oneProblem(versionProblems({ ...facts, version: "0.1.0", versions: {} }), /package\.json has the version 0\.1\.0/);
  });

  it("find headings in another form, order or time", () => {
    oneProblem(versionProblems({ ...facts, changelog: "## 0.2.0\n" }), /has the heading/);
    const unordered = "## [0.2.0] – 2026-12-01\n\n## [0.10.0] – 2026-11-28\n";
    oneProblem(versionProblems({ ...facts, changelog: unordered }), /0\.2\.0 above 0\.10\.0/);
    const twice = "## [0.2.0] – 2026-12-01\n\n## [0.2.0] – 2026-12-01\n";
    oneProblem(versionProblems({ ...facts, changelog: twice }), /not older/);
    const early = "## [0.2.0] – 2026-11-01\n\n## [0.1.0] – 2026-11-28\n";
    oneProblem(versionProblems({ ...facts, changelog: early }), /dates 0\.2\.0 before 0\.1\.0/);
    const below = "## [0.2.0] – 2026-12-01\n\n## [Unreleased]\n";
    oneProblem(versionProblems({ ...facts, changelog: below }), /unreleased section below/);
  });
});

describe("The checks of a release", () => {
  it("find nothing in a tag with its version, its date and its commit", () => {
    assert.deepEqual(releaseProblems(release, state), []);
    assert.deepEqual(releaseProblems(release, { ...state, workflowRepository: undefined }), []);
  });

  it("find a tag of another version, at another commit, or of none", () => {
    oneProblem(releaseProblems(release, { ...state, tag: "v0.3.0" }), /The tag is v0\.3\.0/);
    oneProblem(releaseProblems(release, { ...state, headCommit: "b".repeat(40) }), /not at HEAD/);
    oneProblem(releaseProblems(release, { ...state, tagCommit: "", headCommit: "" }), /not at HEAD/);
  });

  it("find changes that are not committed", () => {
    oneProblem(releaseProblems(release, { ...state, changedFiles: [" M a", "?? b"] }), /not committed: {2}M a, \?\? b/);
  });

  it("find a version without a date, without notes, or with a date that is too late", () => {
    const unreleased = { ...release, changelog: "## [Unreleased] – 0.2.0\n\n- New.\n" };
    oneProblem(releaseProblems(unreleased, state), /no heading "## \[0\.2\.0\]/);
    oneProblem(releaseProblems({ ...release, changelog: "## [0.2.0] – 2026-12-01\n" }, state), /says nothing/);
    oneProblem(releaseProblems({ ...release, now: Date.parse("2026-11-29T10:00:00Z") }, state), /in the future/);
  });

  it("find the repository of somebody else, which npm would refuse", () => {
    oneProblem(releaseProblems(release, { ...state, workflowRepository: "fork/name" }), /this is fork\/name/);
  });
});

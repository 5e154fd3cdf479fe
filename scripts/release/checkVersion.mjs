// Checks that all packages have the version of the extension, and that CHANGELOG.md knows it. With --tag v<version>, checks
// what a release needs in addition: the tag at HEAD, no changes, and a section with a date (docs/release.md#what-the-workflow-does).
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { releaseProblems, versionProblems } from "./parts/versionChecks.mjs";

const { values } = parseArgs({ options: { tag: { type: "string" } } });
const json = (file) => JSON.parse(readFileSync(file, "utf8"));
const lineIn = (file, pattern) => pattern.exec(readFileSync(file, "utf8"))?.[1];

const { version, repository } = json("package.json");
const facts = {
  version,
  versions: {
    "package-lock.json": json("package-lock.json").version,
    "docs/openapi.json": json("docs/openapi.json").info.version,
    "clients/python/pyproject.toml": lineIn("clients/python/pyproject.toml", /^version = "(.+)"$/m),
    "clients/dart/pubspec.yaml": lineIn("clients/dart/pubspec.yaml", /^version: (.+)$/m),
    "clients/dart/CHANGELOG.md": lineIn("clients/dart/CHANGELOG.md", /^## (.+)$/m),
  },
  changelog: readFileSync("CHANGELOG.md", "utf8"),
  repository: repository.url,
  now: Date.now(),
};
const problems = versionProblems(facts);
// What the headings say is compared only if they have the right form.
if (values.tag !== undefined && problems.length === 0) problems.push(...releaseProblems(facts, stateOf(values.tag)));
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`${version}: the versions ${values.tag === undefined ? "agree" : "and the tag agree"}`);

function stateOf(tag) {
  return {
    tag,
    tagCommit: git("rev-parse", "--verify", "--quiet", `refs/tags/${tag}^{commit}`),
    headCommit: git("rev-parse", "HEAD"),
    changedFiles: git("status", "--porcelain").split("\n").filter(Boolean),
    workflowRepository: process.env.GITHUB_REPOSITORY,
  };
}

/** Returns what git prints, and an empty text if it fails, as for a tag that does not exist. */
function git(...args) {
  try {
    return execFileSync("git", args, { encoding: "utf8" }).trimEnd();
  } catch {
    return "";
  }
}

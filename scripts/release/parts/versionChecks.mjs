import { sectionsOf } from "./changelog.mjs";
import { channelOf } from "./channel.mjs";

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Returns what is wrong with the versions of the repository, whether there is a release or not.
 * @param versions that of each package, by its file; all have the version of the extension
 */
export function versionProblems({ version, versions, changelog }) {
  const others = Object.entries(versions)
    .filter(([, other]) => other !== version)
    .map(([file, other]) => `${file} has the version ${other}, but package.json has ${version}.`);
  const headings = problemOf(() => sectionsOf(changelog));
  return [
    ...others,
    ...problemOf(() => channelOf(version)),
    // The order of the headings says nothing if one of them has another form.
    ...(headings.length > 0 ? headings : changelogProblems(version, sectionsOf(changelog))),
  ];
}

function changelogProblems(version, sections) {
  const problems = [];
  const [first] = sections;
  const released = sections.filter(({ isReleased }) => isReleased);
  if (sections.some((section, index) => !section.isReleased && index > 0)) {
    problems.push("CHANGELOG.md has an unreleased section below another one.");
  }
  for (const [index, { version: newer, date }] of released.entries()) {
    const older = released[index + 1];
    if (older === undefined) continue;
    if (compareVersions(newer, older.version) <= 0) {
      problems.push(`CHANGELOG.md has ${newer} above ${older.version}, which is not older.`);
    }
    if (date < older.date) problems.push(`CHANGELOG.md dates ${newer} before ${older.version}.`);
  }
  if (first?.version !== version && released[0]?.version !== version) {
    problems.push(`package.json has the version ${version}, of which the newest headings of CHANGELOG.md say nothing.`);
  }
  return problems;
}

/**
 * Returns what is wrong with a release, in addition.
 * @param repository the URL of package.json
 * @param state the tag that is released; the commits of the tag and of HEAD; the changed files; the repository of the workflow, if it runs in one
 */
export function releaseProblems({ version, changelog, repository, now }, state) {
  const problems = [];
  const { tag, tagCommit, headCommit, changedFiles, workflowRepository } = state;
  if (tag !== `v${version}`) problems.push(`The tag is ${tag}, but package.json has the version ${version}.`);
  if (tagCommit === "" || tagCommit !== headCommit) problems.push(`The tag ${tag} is not at HEAD.`);
  if (changedFiles.length > 0) problems.push(`There are changes that are not committed: ${changedFiles.join(", ")}`);
  const newest = sectionsOf(changelog).find(({ isReleased }) => isReleased);
  if (newest?.version !== version) {
    problems.push(`CHANGELOG.md has no heading "## [${version}] – <date>" above the other versions.`);
  } else {
    // Somewhere it is tomorrow already.
    if (Date.parse(newest.date) > now + DAY_MS) problems.push(`CHANGELOG.md dates ${version} in the future.`);
    if (newest.notes === "") problems.push(`CHANGELOG.md says nothing about ${version}.`);
  }
  if (workflowRepository !== undefined && !isRepository(repository, workflowRepository)) {
    problems.push(
      `package.json has the repository ${repository}, but this is ${workflowRepository}: npm would refuse it.`,
    );
  }
  return problems;
}

function isRepository(url, ownerAndName) {
  return url.replace(/^git\+/, "").replace(/\.git$/, "") === `https://github.com/${ownerAndName}`;
}

function compareVersions(a, b) {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  const index = left.findIndex((part, at) => part !== right[at]);
  return index < 0 ? 0 : left[index] - right[index];
}

function problemOf(check) {
  try {
    check();
    return [];
  } catch (error) {
    return [error.message];
  }
}

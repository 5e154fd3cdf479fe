// Prepares a release: node scripts/release/setVersion.mjs <version>. Gives all packages the version, and the unreleased section of
// CHANGELOG.md the version and the date of today (docs/release.md#release).
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { channelOf } from "./parts/channel.mjs";
import { datedChangelog, withVersion } from "./parts/newVersion.mjs";
import { runScript } from "./parts/programs.mjs";

await runScript(() => {
  const [version = ""] = parseArgs({ allowPositionals: true }).positionals;
  const { isPreRelease } = channelOf(version);
  const today = new Date().toISOString().slice(0, 10);
  const changed = {
    "package.json": (text) => withVersion(text, /("version": ")[^"]*(")/, version),
    "package-lock.json": lockWith,
    "clients/python/pyproject.toml": (text) => withVersion(text, /^(version = ")[^"]*(")$/m, version),
    "clients/dart/pubspec.yaml": (text) => withVersion(text, /^(version: ).*()$/m, version),
    "clients/dart/CHANGELOG.md": (text) =>
      text.startsWith(`## ${version}\n`)
        ? text
        : `## ${version}\n\n- The version of Kiro Bridge ${version}.\n\n${text}`,
    "docker/compose.yaml": (text) => withVersion(text, /^( +image: \S*kiro-bridge:).*()$/m, version),
    "CHANGELOG.md": (text) => datedChangelog(text, version, today),
  };
  // Nothing is written if one of them cannot be changed.
  const texts = Object.entries(changed).map(([file, change]) => [file, change(readFileSync(file, "utf8"))]);
  for (const [file, text] of texts) writeFileSync(file, text);
  console.log(`${version} is a ${isPreRelease ? "pre-release" : "release for everybody"}. Write the documents again.`);

  function lockWith(text) {
    const lock = JSON.parse(text);
    lock.version = version;
    lock.packages[""].version = version;
    return `${JSON.stringify(lock, undefined, 2)}\n`;
  }
});

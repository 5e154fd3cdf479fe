// Publishes dist/release as a release on GitHub, with the notes of CHANGELOG.md: node scripts/release/publishGitHub.mjs [--dry-run].
// It needs the tag v<version>, `gh` and GH_TOKEN. The release is a draft until it has all files. A draft that is left of an earlier
// try is completed, and a published release with the same checksums is a success. --dry-run prints what would be published.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { notesOf, sectionsOf } from "./parts/changelog.mjs";
import { channelOf } from "./parts/channel.mjs";
import { read, run, runScript } from "./parts/programs.mjs";
import { verifyRelease } from "./parts/releaseFiles.mjs";

await runScript(async () => {
  const { values } = parseArgs({ options: { "dry-run": { type: "boolean" } } });
  const { version, homepage } = JSON.parse(readFileSync("package.json", "utf8"));
  const files = verifyRelease(version);
  const changelog = readFileSync("CHANGELOG.md", "utf8");
  if (values["dry-run"]) return show(version, files, changelog);
  const page = `${homepage.split("#")[0]}/blob/v${version}/docs/release.md#verify-a-download`;
  const verification = `---\nThe checksums of the files are in \`SHA256SUMS\`: [how to verify a download](${page}).`;
  await publish(version, files, `${notesOf(changelog, version)}\n\n${verification}\n`);
});

/** Prints the release. Before the version has its date, the notes are those of the newest section. */
function show(version, files, changelog) {
  const [newest] = sectionsOf(changelog);
  const kind = channelOf(version).isPreRelease ? "pre-release" : "release";
  console.log(
    `Not run: the ${kind} v${version} of ${files.all.map((file) => basename(file)).join(", ")}, with the notes:\n`,
  );
  console.log(newest?.notes ?? "");
}

async function publish(version, files, notes) {
  const tag = `v${version}`;
  const scratch = mkdtempSync(join(tmpdir(), "kiro-bridge-release-"));
  try {
    const found = await read(gh("release", "view", tag, "--json", "isDraft"));
    if (found.code !== 0 && !/release not found/i.test(found.errors)) throw new Error(found.errors.trim());
    if (found.code !== 0) {
      const notesFile = join(scratch, "notes.md");
      writeFileSync(notesFile, notes);
      const flags = channelOf(version).isPreRelease ? ["--prerelease"] : [];
      const texts = ["--title", `Kiro Bridge ${version}`, "--notes-file", notesFile];
      await run(gh("release", "create", tag, "--verify-tag", "--draft", ...texts, ...flags, ...files.all));
    } else if (JSON.parse(found.output).isDraft) {
      await run(gh("release", "upload", tag, "--clobber", ...files.all));
    } else {
      await run(gh("release", "download", tag, "--pattern", basename(files.sums), "--dir", scratch));
      if (readFileSync(join(scratch, basename(files.sums)), "utf8") !== readFileSync(files.sums, "utf8")) {
        throw new Error(`The release ${tag} has other files than ${files.sums}: it needs a new version.`);
      }
      return console.log(`The release ${tag} is published already.`);
    }
    await run(gh("release", "edit", tag, "--draft=false"));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function gh(...args) {
  return { command: "gh", args };
}

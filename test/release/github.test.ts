import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { channelOf } from "../../scripts/release/parts/channel.mjs";
import { releaseFolder } from "../../scripts/release/parts/releaseFiles.mjs";
import { messageOf } from "../../src/protocol/errors.ts";
import { describePeer, type FoundProgram } from "../support/exports/heavy/describePeer.ts";
import { GitHub } from "../support/release/gitHub.ts";
import { StagedRelease } from "../support/release/stagedRelease.ts";
import { releaseJob, runCommand, runSteps, type StepOutcome } from "../support/release/workflow.ts";

const job = releaseJob("github");

/** The runners of GitHub have it. */
function findGh(): FoundProgram {
  try {
    execFileSync("gh", ["--version"], { stdio: "ignore" });
    return { kind: "found", path: "gh" };
  } catch (error) {
    return { kind: "missing", reason: `gh is not installed: ${messageOf(error)}` };
  }
}

describePeer("Publishing on GitHub", findGh(), () => {
  let staged: StagedRelease;
  let gitHub: GitHub;

  beforeEach(async () => {
    staged = await StagedRelease.create();
    gitHub = await GitHub.start();
    gitHub.tags.add(`v${staged.version}`);
  });
  afterEach(async () => {
    await gitHub[Symbol.asyncDispose]();
    await staged[Symbol.asyncDispose]();
  });

  const publish = (): Promise<StepOutcome> =>
    runSteps(job, staged.folder, gitHub.env(staged.at("gh")), {
      "github.token": "job-token",
      "github.repository": "owner/name",
    });

  async function succeeds(): Promise<string> {
    const { code, output } = await publish();
    assert.equal(code, 0, output);
    return output;
  }

  async function assertPublished(): Promise<void> {
    assert.equal(gitHub.releases.length, 1);
    const [release] = gitHub.releases;
    assert.equal(release?.isDraft, false);
    const folder = staged.at(releaseFolder);
    const names = await readdir(folder);
    assert.deepEqual([...(release?.assets.keys() ?? [])].toSorted(), names.toSorted());
    for (const name of names) assert.deepEqual(release?.assets.get(name), await readFile(join(folder, name)), name);
  }

  it("publishes all files with the notes of the changelog, and a second time nothing", async () => {
    await succeeds();
    await assertPublished();
    const [release] = gitHub.releases;
    assert.equal(release?.tag, `v${staged.version}`);
    assert.equal(release.isPreRelease, channelOf(staged.version).isPreRelease);
    assert.match(
      release.notes,
      /^- The notes of this version\.\n\n---\nThe checksums of the files are in `SHA256SUMS`/,
    );
    assert.match(await succeeds(), /is published already/);
    assert.equal(gitHub.releases.length, 1);
  });

  it("shows nothing to others before all files are there, and completes what an earlier try has left", async () => {
    gitHub.refusedAsset = "SHA256SUMS";
    assert.equal((await publish()).code, 1);
    assert.ok(gitHub.releases.every(({ isDraft }) => isDraft));
    gitHub.refusedAsset = "";
    await succeeds();
    await assertPublished();
  });

  it("fails if other files are published as this version", async () => {
    await succeeds();
    await staged.replace("vsix", Buffer.from("other bytes"), true);
    const { code, output } = await publish();
    assert.equal(code, 1, output);
    assert.match(output, /has other files than/);
  });

  it("sends nothing in a dry run, which shows the notes", async () => {
    const command = "node scripts/release/publishGitHub.mjs --dry-run";
    const { code, output } = await runCommand(command, staged.folder, gitHub.env(staged.at("gh")));
    assert.equal(code, 0, output);
    assert.match(output, /^Not run: the (?:pre-)?release v/);
    assert.match(output, /- The notes of this version\.$/);
    assert.deepEqual(gitHub.releases, []);
  });

  it("creates no tag", async () => {
    gitHub.tags.clear();
    assert.equal((await publish()).code, 1);
    assert.deepEqual(gitHub.releases, []);
  });

  it("sends nothing of a file that is not the one that was packed", async () => {
    await staged.replace("vsix", Buffer.from("other bytes"), false);
    const { code, output } = await publish();
    assert.equal(code, 1, output);
    assert.match(output, /\.vsix is not the file that was packed/);
    assert.deepEqual(gitHub.releases, []);
  });
});

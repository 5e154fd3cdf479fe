import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../support/editor/paths.ts";
import { StagedRelease } from "../support/release/stagedRelease.ts";
import { readWorkflow, releaseJob, runSteps, type StepOutcome } from "../support/release/workflow.ts";

const release = readWorkflow("release.yml");
const ci = readWorkflow("ci.yml");
const commandsOf = (job: string): string[] => releaseJob(job).steps.flatMap(({ run }) => run ?? []);
const installs = "npm ci --ignore-scripts --prefix .github/release";

/** What each job may do, where its secrets and rules are, and what it runs: nothing that the tests of this folder do not run. */
const jobs = {
  version: {
    commands: ['node scripts/release/checkVersion.mjs --tag "$GITHUB_REF_NAME"'],
  },
  attest: {
    needs: "test",
    environment: "release",
    permissions: { contents: "read", "id-token": "write", attestations: "write" },
    commands: ["node scripts/release/verify.mjs"],
  },
  github: {
    needs: "attest",
    environment: "release",
    permissions: { contents: "write" },
    commands: ["node scripts/release/publishGitHub.mjs"],
  },
  marketplace: {
    needs: "github",
    environment: "marketplace",
    permissions: { contents: "read", "id-token": "write" },
    commands: [installs, "node scripts/release/publishVsix.mjs marketplace"],
  },
  "open-vsx": {
    needs: "github",
    environment: "open-vsx",
    permissions: { contents: "read", "id-token": "write" },
    commands: [installs, "node scripts/release/publishVsix.mjs open-vsx"],
  },
  npm: {
    needs: "github",
    environment: "npm",
    permissions: { contents: "read", "id-token": "write" },
    commands: ["node scripts/release/publishNpm.mjs"],
  },
  images: {
    needs: "github",
    environment: "images",
    permissions: { contents: "read", packages: "write" },
    commands: ["node scripts/release/publishImages.mjs"],
  },
};

describe("The workflow of releases", () => {
  it("runs for tags alone", () => assert.deepEqual(release.on, { push: { tags: ["v*"] } }));

  it("has these jobs, and that of all tests, which packs", () => {
    assert.deepEqual(Object.keys(release.jobs).toSorted(), [...Object.keys(jobs), "test"].toSorted());
    assert.equal(release.jobs["test"]?.uses, "./.github/workflows/ci.yml");
    assert.equal(release.jobs["test"]?.needs, "version");
  });

  for (const [name, { commands, ...rest }] of Object.entries(jobs)) {
    it(`gives ${name} no more than it needs, and runs these commands`, () => {
      const { needs, environment, permissions } = releaseJob(name);
      const given = { ...(needs !== undefined && { needs }), environment, permissions };
      assert.deepEqual(given, { environment: undefined, permissions: undefined, ...rest });
      assert.deepEqual(commandsOf(name), commands);
    });
  }

  it("publishes the files that were packed once, in all jobs", () => {
    const uploads = Object.values(ci.jobs).flatMap(({ steps }) =>
      steps.filter(({ uses }) => uses?.startsWith("actions/upload-artifact@")),
    );
    assert.deepEqual(
      uploads.map((step) => step.with?.["name"]),
      ["release"],
    );
    for (const [name, { steps }] of Object.entries(release.jobs)) {
      if (["version", "test"].includes(name)) continue;
      const download = steps.find(({ uses }) => uses?.startsWith("actions/download-artifact@"));
      assert.deepEqual(download?.with, { name: "release", path: "dist/release" }, name);
    }
  });

  it("has no secrets", async () => {
    for (const file of ["release.yml", "ci.yml"]) {
      const text = await readFile(join(repositoryRoot, ".github/workflows", file), "utf8");
      assert.doesNotMatch(text, /secrets\./, file);
    }
  });

  it("requires a statement of where the npm package comes from", () => {
    assert.ok(releaseJob("npm").steps.some(({ env }) => env["NPM_CONFIG_PROVENANCE"] === "true"));
  });

  it("is tried on every pull request as far as it needs no identity", () => {
    const tried = Object.values(ci.jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
    const publishing = Object.keys(jobs)
      .flatMap(commandsOf)
      .filter((run) => run.includes("/publish"));
    assert.equal(publishing.length, 5);
    for (const command of publishing) assert.ok(tried.includes(`${command} --dry-run`), command);
  });
});

describe("The job that checks the version", () => {
  let staged: StagedRelease;
  const git = (...args: readonly string[]): void => {
    const identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.com", "-c", "tag.gpgSign=false"];
    execFileSync("git", [...identity, ...args], { cwd: staged.folder, stdio: "ignore" });
  };
  const check = (tag: string): Promise<StepOutcome> =>
    runSteps(releaseJob("version"), staged.folder, { GITHUB_REF_NAME: tag, GITHUB_REPOSITORY: undefined });

  beforeEach(async () => {
    staged = await StagedRelease.create();
    for (const path of ["package-lock.json", "docs/openapi.json", "clients"])
      await cp(join(repositoryRoot, path), staged.at(path), { recursive: true });
    await writeFile(staged.at(".gitignore"), "dist/\n");
    git("init", "--quiet");
    git("add", "--all");
    git("commit", "--quiet", "--message", "Release", "--no-gpg-sign");
    git("tag", `v${staged.version}`);
  });
  afterEach(() => staged[Symbol.asyncDispose]());

  it("lets a tag pass that has the version of a dated section, at the commit of the checkout", async () => {
    const { code, output } = await check(`v${staged.version}`);
    assert.equal(code, 0, output);
  });

  it("stops a tag of another version, one that moved, and changes that are not committed", async () => {
    git("tag", "v9.9.9");
    assert.match((await check("v9.9.9")).output, /The tag is v9\.9\.9, but package\.json has/);
    await writeFile(staged.at("more.txt"), "more");
    assert.match((await check(`v${staged.version}`)).output, /not committed: \?\? more\.txt/);
    git("add", "--all");
    git("commit", "--quiet", "--message", "More", "--no-gpg-sign");
    const { code, output } = await check(`v${staged.version}`);
    assert.equal(code, 1);
    assert.match(output, /is not at HEAD/);
  });

  it("stops a version without a date in the changelog", async () => {
    await writeFile(staged.at("CHANGELOG.md"), `# Changelog\n\n## [Unreleased] – ${staged.version}\n\n- Soon.\n`);
    git("commit", "--quiet", "--all", "--message", "Not yet", "--no-gpg-sign");
    git("tag", "--force", `v${staged.version}`);
    const { code, output } = await check(`v${staged.version}`);
    assert.equal(code, 1);
    assert.match(output, /has no heading/);
  });
});

describe("The job that attests", () => {
  it("attests files with their checksums alone", async () => {
    await using staged = await StagedRelease.create();
    assert.equal((await runSteps(releaseJob("attest"), staged.folder, {})).code, 0);
    await staged.replace("vsix", Buffer.from("other bytes"), false);
    const { code, output } = await runSteps(releaseJob("attest"), staged.folder, {});
    assert.equal(code, 1);
    assert.match(output, /\.vsix is not the file that was packed/);
  });
});

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { JobIdentity } from "../support/release/jobIdentity.ts";
import { NpmRegistry } from "../support/release/npmRegistry.ts";
import { StagedRelease } from "../support/release/stagedRelease.ts";
import { releaseJob, runCommand, runSteps, type StepOutcome } from "../support/release/workflow.ts";

const job = releaseJob("npm");

describe("Publishing the npm package", () => {
  let staged: StagedRelease;
  let registry: NpmRegistry;
  let identity: JobIdentity;

  beforeEach(async () => {
    staged = await StagedRelease.create();
    registry = await NpmRegistry.start();
    identity = await JobIdentity.of(job);
    registry.trust(identity);
  });
  afterEach(async () => {
    await registry[Symbol.asyncDispose]();
    await identity[Symbol.asyncDispose]();
    await staged[Symbol.asyncDispose]();
  });

  /** Publishes as the job does. A statement of provenance needs the certificate authority of Sigstore, which only knows real jobs. */
  const publish = (of = identity): Promise<StepOutcome> =>
    runSteps(job, staged.folder, { ...variables(), ...of.env, NPM_CONFIG_PROVENANCE: undefined });

  const variables = (): NodeJS.ProcessEnv => ({
    NPM_CONFIG_REGISTRY: registry.url.href,
    NPM_CONFIG_USERCONFIG: staged.at("no-npmrc"),
    NPM_CONFIG_CACHE: staged.at("npm-cache"),
    // It would wait a minute before it tries again.
    NPM_CONFIG_FETCH_RETRIES: "0",
  });

  it("uploads the very bytes of the release by the identity of the job, and a second time nothing", async () => {
    const first = await publish();
    assert.equal(first.code, 0, first.output);
    assert.deepEqual(identity.audiences, ["npm:127.0.0.1"]);
    const second = await publish();
    assert.equal(second.code, 0, second.output);
    assert.match(second.output, /is published already/);
    assert.equal(registry.uploads, 1);

    const tarball = new URL(`/${staged.name}/-/${staged.name}-${staged.version}.tgz`, registry.url);
    const response = await fetch(tarball, { signal: AbortSignal.timeout(60_000) });
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), await staged.bytesOf("npmPackage"));
    const packument = await fetch(new URL(`/${staged.name}`, registry.url), { signal: AbortSignal.timeout(60_000) });
    const { "dist-tags": tags } = z
      .object({ "dist-tags": z.record(z.string(), z.string()) })
      .parse(await packument.json());
    assert.equal(tags["next"], staged.version);
  });

  it("lets a user install the package into an empty folder, and run its command", async () => {
    const published = await publish();
    assert.equal(published.code, 0, published.output);
    const folder = join(staged.folder, "project");
    await mkdir(folder);
    await writeFile(join(folder, "package.json"), '{ "private": true }\n');
    const line = `npm install --no-audit --no-fund ${staged.name}@next && npx ${staged.name} --version`;
    const { code, output } = await runCommand(line, folder, variables());
    assert.equal(code, 0, output);
    assert.equal(output.split("\n").at(-1), staged.version);
  });

  it("uploads nothing in a dry run", async () => {
    const { code, output } = await runCommand(
      "node scripts/release/publishNpm.mjs --dry-run",
      staged.folder,
      variables(),
    );
    assert.equal(code, 0, output);
    assert.match(output, /with tag next and public access \(dry-run\)/);
    assert.equal(registry.uploads, 0);
  });

  it("fails if other bytes are published as this version", async () => {
    const first = await publish();
    assert.equal(first.code, 0, first.output);
    await staged.replace("npmPackage", Buffer.from("other bytes"), true);
    const { code, output } = await publish();
    assert.equal(code, 1, output);
    assert.match(output, /is published with other bytes/);
    assert.equal(registry.uploads, 1);
  });

  it("succeeds if the registry has the package, although its response was lost", async () => {
    registry.losesResponses = true;
    const { code, output } = await publish();
    assert.equal(code, 0, output);
    assert.match(output, /is published, although npm failed/);
    registry.losesResponses = false;
    assert.match((await publish()).output, /is published already/);
  });

  it("fails in another environment than that of the publisher, and without the permission to have an identity", async () => {
    for (const change of [{ environment: "release" }, { permissions: { contents: "read" } }]) {
      await using other = await JobIdentity.of({ ...job, ...change });
      registry.trust(other);
      const { code, output } = await publish(other);
      assert.equal(code, 1, output);
      assert.match(output, /ENEEDAUTH/);
    }
    assert.equal(registry.uploads, 0);
  });

  it("asks for no identity for a file that is not the one that was packed", async () => {
    await staged.replace("npmPackage", Buffer.from("other bytes"), false);
    const { code, output } = await publish();
    assert.equal(code, 1, output);
    assert.match(output, /\.tgz is not the file that was packed/);
    assert.deepEqual(identity.audiences, []);
  });
});

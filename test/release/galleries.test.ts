import assert from "node:assert/strict";
import { JobIdentity } from "../support/release/jobIdentity.ts";
import { Marketplace } from "../support/release/marketplace.ts";
import { OpenVsx } from "../support/release/openVsx.ts";
import { StagedRelease } from "../support/release/stagedRelease.ts";
import { installPrograms, releaseJob, runCommand, runSteps, type StepOutcome } from "../support/release/workflow.ts";

function succeeded({ code, output }: StepOutcome): void {
  assert.equal(code, 0, output);
}

function failed({ code, output }: StepOutcome, words: RegExp): void {
  assert.equal(code, 1, output);
  assert.match(output, words);
}

describe("Publishing the extension", () => {
  let staged: StagedRelease;

  before(async () => {
    staged = await StagedRelease.create();
    await installPrograms(staged.folder);
  });
  afterEach(() => staged.restore());
  after(() => staged[Symbol.asyncDispose]());

  for (const registry of ["marketplace", "open-vsx"]) {
    it(`uploads nothing to ${registry} in a dry run, which has the program and prints its command`, async () => {
      const command = `node scripts/release/publishVsix.mjs ${registry} --dry-run`;
      const { code, output } = await runCommand(command, staged.folder, {});
      assert.equal(code, 0, output);
      assert.match(output, /^\d+\.\d+\.\d+$/m);
      assert.match(output, /^Not run: \S+ publish /m);
    });
  }

  describe("to the Marketplace", () => {
    const job = releaseJob("marketplace");

    it("uploads the very bytes of the release, by the identity of the job, and a second time nothing", async () => {
      await using identity = await JobIdentity.of(job);
      await using marketplace = await Marketplace.start(identity, staged.publisher, staged.version);
      const env = { ...identity.env, VSCE_MARKETPLACE_URL: marketplace.url.href };
      succeeded(await runSteps(job, staged.folder, env));
      assert.deepEqual(identity.audiences, ["marketplace.visualstudio.com"]);
      assert.deepEqual(marketplace.uploads, [{ method: "POST", bytes: await staged.bytesOf("vsix") }]);

      const again = await runSteps(job, staged.folder, env);
      succeeded(again);
      assert.match(again.output, /is already published\. Skipping publish\./);
      assert.equal(marketplace.uploads.length, 1);
    });

    it("uploads a new version of an extension that exists", async () => {
      await using identity = await JobIdentity.of(job);
      await using marketplace = await Marketplace.start(identity, staged.publisher, staged.version);
      marketplace.versions.push("0.0.1");
      succeeded(await runSteps(job, staged.folder, { ...identity.env, VSCE_MARKETPLACE_URL: marketplace.url.href }));
      assert.deepEqual(marketplace.uploads, [{ method: "PUT", bytes: await staged.bytesOf("vsix") }]);
    });

    it("fails in another environment than that of the policy, and without the permission to have an identity", async () => {
      for (const [change, words] of [
        [{ environment: "release" }, /No policy of the publisher names this job/],
        [{ permissions: { contents: "read" } }, /id-token: write/],
      ] as const) {
        await using identity = await JobIdentity.of({ ...job, ...change });
        await using marketplace = await Marketplace.start(identity, staged.publisher, staged.version);
        const env = { ...identity.env, VSCE_MARKETPLACE_URL: marketplace.url.href };
        failed(await runSteps(job, staged.folder, env), words);
        assert.deepEqual(marketplace.uploads, []);
      }
    });

    it("asks for no identity for a file that is not the one that was packed", async () => {
      await using identity = await JobIdentity.of(job);
      await using marketplace = await Marketplace.start(identity, staged.publisher, staged.version);
      await staged.replace("vsix", Buffer.from("other bytes"), false);
      const env = { ...identity.env, VSCE_MARKETPLACE_URL: marketplace.url.href };
      failed(await runSteps(job, staged.folder, env), /\.vsix is not the file that was packed/);
      assert.deepEqual(identity.audiences, []);
    });
  });

  describe("to Open VSX", () => {
    const job = releaseJob("open-vsx");

    it("uploads the very bytes of the release, by the identity of the job, and a second time nothing", async () => {
      await using identity = await JobIdentity.of(job);
      await using registry = await OpenVsx.start(identity, staged);
      const env = { ...identity.env, OVSX_REGISTRY_URL: registry.url.href };
      succeeded(await runSteps(job, staged.folder, env));
      assert.deepEqual(identity.audiences, ["https://open-vsx.example"]);
      assert.deepEqual(registry.uploads, [await staged.bytesOf("vsix")]);

      const again = await runSteps(job, staged.folder, env);
      succeeded(again);
      assert.match(again.output, /is already published\. Skipping publish\./);
      assert.equal(registry.uploads.length, 1);
    });

    it("fails in another environment than that of the registration, and without the permission to have an identity", async () => {
      for (const [change, words] of [
        [{ environment: "marketplace" }, /No trusted publisher is registered for this job/],
        [{ permissions: { contents: "read" } }, /id-token: write/],
      ] as const) {
        await using identity = await JobIdentity.of({ ...job, ...change });
        await using registry = await OpenVsx.start(identity, staged);
        failed(await runSteps(job, staged.folder, { ...identity.env, OVSX_REGISTRY_URL: registry.url.href }), words);
        assert.deepEqual(registry.uploads, []);
      }
    });

    it("asks for no identity for a file that is not the one that was packed", async () => {
      await using identity = await JobIdentity.of(job);
      await using registry = await OpenVsx.start(identity, staged);
      await staged.replace("vsix", Buffer.from("other bytes"), false);
      const env = { ...identity.env, OVSX_REGISTRY_URL: registry.url.href };
      failed(await runSteps(job, staged.folder, env), /\.vsix is not the file that was packed/);
      assert.deepEqual(identity.audiences, []);
    });
  });
});

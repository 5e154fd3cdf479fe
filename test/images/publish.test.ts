import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import * as z from "zod";
import { channelOf } from "../../scripts/release/parts/channel.mjs";
import { describePeer } from "../support/exports/heavy/describePeer.ts";
import type { PeerProcess } from "../support/exports/heavy/peerProcess.ts";
import { findImageTools, ImageTools } from "../support/images/imageTools.ts";
import { startRegistry } from "../support/images/registry.ts";
import { StagedRelease } from "../support/release/stagedRelease.ts";
import { releaseJob, runCommand, runSteps, type StepOutcome } from "../support/release/workflow.ts";

const job = releaseJob("images");
/** Images without a base, since no registry of images can be reached. The other tests of this folder have the real ones. */
const dockerfile = `FROM scratch
ARG VERSION
ARG REVISION
ARG CREATED
LABEL version="\${VERSION}" revision="\${REVISION}" created="\${CREATED}"
COPY dist/release/kiro-bridge-\${VERSION}.tgz /
HEALTHCHECK CMD ["check"]
`;

describePeer("Publishing the images", await findImageTools(), (folder) => {
  const tools = new ImageTools(folder);
  let staged: StagedRelease;
  let registry: PeerProcess;

  beforeEach(async () => {
    staged = await StagedRelease.create();
    registry = await startRegistry(tools);
    for (const image of ["bridge", "editor"]) {
      await mkdir(staged.at(`docker/${image}`), { recursive: true });
      await writeFile(staged.at(`docker/${image}/Dockerfile`), dockerfile);
    }
    const git = ["-c", "user.name=Tester", "-c", "user.email=tester@example.com"];
    for (const args of [["init"], ["add", "package.json"], ["commit", "--message", "Release", "--no-gpg-sign"]])
      execFileSync("git", [...git, ...args], { cwd: staged.folder, stdio: "ignore" });
    await writeBuildah();
  });
  afterEach(async () => {
    await registry[Symbol.asyncDispose]();
    await staged[Symbol.asyncDispose]();
  });

  /** Writes the program `buildah` with a store of its own, that works without privileges of containers and without TLS. */
  async function writeBuildah(): Promise<void> {
    await mkdir(staged.at("bin"));
    await mkdir(staged.at("store/run"), { recursive: true });
    const registries = staged.at("registries.conf");
    await writeFile(registries, `[[registry]]\nlocation = "${registry.url.host}"\ninsecure = true\n`);
    const places = ["--root", staged.at("store/images"), "--runroot", staged.at("store/run")];
    const options = [...places, "--storage-driver", "vfs", "--registries-conf", registries];
    const { command, args } = tools.command([join(folder, "usr/bin/buildah"), ...options]);
    const script = `#!/bin/sh
case "$1 $2" in
"bud "*) shift; set -- bud --isolation chroot --pull-never --signature-policy ${tools.policy} "$@" ;;
"manifest push") shift 2; set -- manifest push --signature-policy ${tools.policy} "$@" ;;
esac
exec ${command} ${args.join(" ")} "$@"
`;
    await writeFile(staged.at("bin/buildah"), script);
    await chmod(staged.at("bin/buildah"), 0o755);
  }

  const variables = (): NodeJS.ProcessEnv => ({
    PATH: [staged.at("bin"), process.env["PATH"]].join(delimiter),
    IMAGE_REGISTRY: `${registry.url.host}/owner`,
    IMAGE_PLATFORMS: "linux/amd64",
    // The registry has no users.
    REGISTRY_TOKEN: undefined,
  });

  const publish = (): Promise<StepOutcome> =>
    runSteps(job, staged.folder, variables(), { "github.actor": "someone", "github.token": "job-token" });

  async function get(path: string): Promise<Response> {
    const accept = ["list.v2", "v2"].map((kind) => `application/vnd.docker.distribution.manifest.${kind}+json`);
    const headers = { Accept: accept.join(", ") };
    return fetch(new URL(`/v2/${path}`, registry.url), { headers, signal: AbortSignal.timeout(60_000) });
  }

  it("builds and pushes both, as this version and with the tag of its channel, and a second time nothing", async () => {
    const first = await publish();
    assert.equal(first.code, 0, first.output);
    const { tag } = channelOf(staged.version);
    for (const image of ["kiro-bridge", "kiro-bridge-editor"]) {
      const { tags } = z
        .object({ tags: z.array(z.string()) })
        .parse(await (await get(`owner/${image}/tags/list`)).json());
      assert.deepEqual(tags.toSorted(), [staged.version, tag].toSorted());
      const [ofVersion, ofTag] = await Promise.all(
        [staged.version, tag].map(async (name) => (await get(`owner/${image}/manifests/${name}`)).text()),
      );
      assert.equal(ofVersion, ofTag);
      const { manifests } = z
        .object({ manifests: z.array(z.object({ platform: z.object({ architecture: z.string() }) })) })
        .parse(JSON.parse(ofVersion ?? ""));
      assert.deepEqual(
        manifests.map(({ platform }) => platform.architecture),
        ["amd64"],
      );
    }
    const second = await publish();
    assert.equal(second.code, 0, second.output);
    assert.equal(second.output.match(/is published already/g)?.length, 2);
    assert.doesNotMatch(second.output, /STEP/);
  });

  it("pushes nothing in a dry run, which builds", async () => {
    const command = "node scripts/release/publishImages.mjs --dry-run";
    const { code, output } = await runCommand(command, staged.folder, variables());
    assert.equal(code, 0, output);
    assert.match(output, /HEALTHCHECK/);
    assert.deepEqual(await (await get("_catalog")).json(), { repositories: [] });
  });

  it("builds nothing of a file that is not the one that was packed", async () => {
    await staged.replace("npmPackage", Buffer.from("other bytes"), false);
    const { code, output } = await publish();
    assert.equal(code, 1, output);
    assert.match(output, /\.tgz is not the file that was packed/);
    assert.doesNotMatch(output, /STEP/);
  });
});

// Builds the images of docker/bridge and docker/editor from the files of dist/release, and pushes them, with buildah:
// node scripts/release/publishImages.mjs [--dry-run]. The registry is ghcr.io, with the owner of the repository; IMAGE_REGISTRY
// names another one, IMAGE_PLATFORMS other platforms. REGISTRY_USER and REGISTRY_TOKEN are the login, if it needs one. An image
// that is published already is a success. --dry-run builds for this machine and pushes nothing.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { channelOf } from "./parts/channel.mjs";
import { read, run, runScript } from "./parts/programs.mjs";
import { verifyRelease } from "./parts/releaseFiles.mjs";

const images = { bridge: "", editor: "-editor" };
/** Some registries say so of an image that does not exist yet. */
const ABSENT = /manifest unknown|name unknown|not found|denied|forbidden/i;
const PLATFORMS = "linux/amd64,linux/arm64";

await runScript(async () => {
  const { values } = parseArgs({ options: { "dry-run": { type: "boolean" } } });
  const { name, version, repository } = JSON.parse(readFileSync("package.json", "utf8"));
  verifyRelease(version);
  const registry = process.env.IMAGE_REGISTRY ?? `ghcr.io/${ownerOf(repository.url)}`;
  if (!values["dry-run"]) await logIn(registry);
  for (const [folder, ending] of Object.entries(images)) {
    if (values["dry-run"]) await build(folder, version, []);
    else await publish(folder, `${registry}/${name}${ending}`, version);
  }
});

function ownerOf(repository) {
  return new URL(repository.replace(/^git\+/, "")).pathname.split("/")[1].toLowerCase();
}

async function publish(folder, image, version) {
  const published = `${image}:${version}`;
  const found = await read(buildah("manifest", "inspect", published));
  if (found.code === 0) return console.log(`${published} is published already.`);
  if (!ABSENT.test(found.errors)) throw new Error(found.errors.trim());
  const local = localName(folder, version);
  await build(folder, version, ["--platform", process.env.IMAGE_PLATFORMS ?? PLATFORMS]);
  // The version comes last: once it is there, everything is.
  for (const tag of [channelOf(version).tag, version])
    await run(buildah("manifest", "push", "--all", "--format", "v2s2", local, `docker://${image}:${tag}`));
}

/** The name in the registry would be found here before it is there. */
function localName(folder, version) {
  return `localhost/release-${folder}:${version}`;
}

async function build(folder, version, platforms) {
  const git = (...args) => execFileSync("git", args, { encoding: "utf8" }).trim();
  const facts = {
    VERSION: version,
    REVISION: git("rev-parse", "HEAD"),
    CREATED: git("log", "-1", "--format=%cI"),
  };
  // An earlier try may have left a list, to which the build would add.
  await read(buildah("manifest", "rm", localName(folder, version)));
  await run(
    buildah(
      "bud",
      ...platforms,
      // Other formats have no health check.
      "--format=docker",
      `--manifest=${localName(folder, version)}`,
      ...Object.entries(facts).map(([name, value]) => `--build-arg=${name}=${value}`),
      `--file=${join("docker", folder, "Dockerfile")}`,
      ".",
    ),
  );
}

async function logIn(registry) {
  const { REGISTRY_USER: user, REGISTRY_TOKEN: token } = process.env;
  if (token === undefined) return;
  const [host] = registry.split("/");
  execFileSync("buildah", ["login", "--username", user ?? "", "--password-stdin", host], {
    input: token,
    stdio: ["pipe", "inherit", "inherit"],
  });
}

function buildah(...args) {
  return { command: "buildah", args };
}

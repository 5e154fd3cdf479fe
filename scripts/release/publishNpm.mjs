// Publishes the npm package of dist/release: node scripts/release/publishNpm.mjs [--dry-run]. In a job of GitHub Actions that may
// have an identity, npm exchanges it for a token of the registry; elsewhere it uses the user's own login, as for the first
// version. A version that is published already with the same bytes is a success. --dry-run uploads nothing.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { npmCommand } from "../npmCommand.mjs";
import { channelOf } from "./parts/channel.mjs";
import { isOlder, publishedIntegrity } from "./parts/npmRegistry.mjs";
import { read, run, runScript } from "./parts/programs.mjs";
import { verifyRelease } from "./parts/releaseFiles.mjs";

/** The first versions that exchange the identity of a job for a token. */
const OLDEST_NPM = "11.5.1";
const OLDEST_NODE = "22.14.0";

await runScript(async () => {
  const { values } = parseArgs({ options: { "dry-run": { type: "boolean" } } });
  const { name, version } = JSON.parse(readFileSync("package.json", "utf8"));
  const { npmPackage } = verifyRelease(version);
  await checkPrograms();
  const integrity = `sha512-${createHash("sha512").update(readFileSync(npmPackage)).digest("base64")}`;
  const isPublished = async () => {
    const published = publishedIntegrity(
      await read(npmCommand(["view", `${name}@${version}`, "dist.integrity", "--json"])),
    );
    if (published === undefined) return false;
    if (published === integrity) return true;
    throw new Error(
      `${name} ${version} is published with other bytes (${published}, not ${integrity}): it needs a new version.`,
    );
  };
  if (await isPublished()) return console.log(`${name} ${version} is published already.`);
  // Without "./", npm takes the path for a repository on GitHub.
  const publish = ["publish", `./${npmPackage}`, "--access", "public", "--tag", channelOf(version).tag];
  try {
    await run(npmCommand([...publish, ...(values["dry-run"] ? ["--dry-run"] : [])]));
  } catch (error) {
    // The registry may have taken it, and the response was lost.
    if (!(await isPublished())) throw error;
    console.log(`${name} ${version} is published, although npm failed: ${error.message}`);
  }
});

async function checkPrograms() {
  const { output } = await read(npmCommand(["--version"]));
  for (const [program, found, oldest] of [
    ["npm", output.trim(), OLDEST_NPM],
    ["Node.js", process.versions.node, OLDEST_NODE],
  ]) {
    if (isOlder(found, oldest)) throw new Error(`${program} ${found} is too old: it must be ${oldest} or later.`);
  }
}

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { editorVersions } from "../../support/editor/editorVersions.ts";
import { repositoryRoot } from "../../support/editor/paths.ts";
import { type Dockerfile, readDockerfile } from "../../support/images/dockerfile.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";

const run = promisify(execFile);
const images = ["bridge", "editor"] as const;
/** The labels that every image has, after `org.opencontainers.image.`. */
const labels = ["title", "description", "version", "revision", "created", "source", "documentation", "licenses"];

function last({ stages }: Dockerfile, name: string): string[] {
  return (stages.at(-1)?.instructions ?? []).filter((each) => each.name === name).map(({ text }) => text);
}

const read = (path: string): Promise<string> => readFile(join(repositoryRoot, path), "utf8");

describe("The Dockerfiles", () => {
  it("begin with the Node and the editor that the tests run with", async () => {
    const lock = JSON.parse(await read("package-lock.json")) as { packages: Record<string, { version: string }> };
    const node = `node:${lock.packages["node_modules/node"]?.version}-bookworm-slim`;
    const froms = async (image: (typeof images)[number]) =>
      (await readDockerfile(image)).stages.map(({ from }) => from);
    assert.deepEqual(await froms("bridge"), [`${node} AS build`, node]);
    assert.deepEqual(await froms("editor"), [`codercom/code-server:${editorVersions.newest.codeServer}`]);
  });

  for (const image of images) {
    it(`run the ${image} as a user without rights, and stop it by SIGTERM, without a shell`, async () => {
      const file = await readDockerfile(image);
      assert.equal(last(file, "USER").at(-1), "1000:1000");
      assert.deepEqual(last(file, "STOPSIGNAL"), ["SIGTERM"]);
      const [check = ""] = last(file, "HEALTHCHECK");
      const commands = [...last(file, "ENTRYPOINT"), ...last(file, "CMD"), check.slice(check.indexOf("["))];
      assert.ok(commands.length >= 2);
      for (const command of commands) {
        const parts = JSON.parse(command) as string[];
        assert.ok(
          parts.every((part) => !/(?:^|\/)(?:ba|da)?sh$|curl|wget/.test(part)),
          command,
        );
      }
    });

    it(`label the ${image}`, async () => {
      const [text = ""] = last(await readDockerfile(image), "LABEL");
      for (const label of labels) assert.match(text, new RegExp(`org\\.opencontainers\\.image\\.${label}="[^"]+"`));
      const { license } = JSON.parse(await read("package.json")) as { license: string };
      assert.ok(text.includes(`licenses="${license}"`));
    });

    it(`copy to the ${image} what .dockerignore lets through`, async () => {
      const allowed = (await read(".dockerignore")).split("\n").filter((line) => line.startsWith("!"));
      const sources = (await readDockerfile(image)).stages.flatMap(({ instructions }) =>
        instructions
          .filter(({ name, text }) => name === "COPY" && !text.startsWith("--from"))
          .flatMap(({ text }) =>
            text
              .split(" ")
              .filter((word) => !word.startsWith("--"))
              .slice(0, -1),
          ),
      );
      assert.ok(sources.length > 0);
      for (const source of sources)
        assert.ok(
          allowed.some((line) => source.startsWith(line.slice(1).replace("**", ""))),
          source,
        );
    });
  }

  it("are refused by npm run check if the linter finds something, or the file is missing", async () => {
    const script = join(repositoryRoot, "scripts/release/lintDockerfiles.mjs");
    const folder = await temporaryFolder();
    try {
      const bad = join(folder, "Dockerfile");
      await writeFile(bad, "FROM node:latest\nRUN sudo ls\n");
      const { stderr } = await run(process.execPath, [script, bad]).catch((error: { stderr: string }) => error);
      assert.match(stderr, /Dockerfile:1 latest_tag: .*\n.*Dockerfile:2 sudo_usage/);
      await assert.rejects(run(process.execPath, [script, join(folder, "none")]), /ENOENT/);
      const { stdout } = await run(process.execPath, [script], { cwd: repositoryRoot });
      assert.match(stdout, /No findings/);
    } finally {
      await removeFolder(folder);
    }
  });
});

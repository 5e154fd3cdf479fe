import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isInstalled } from "../../../../src/clientSetups/files/installed.ts";
import { setupPath, writeSetup } from "../../../../src/clientSetups/files/writeSetup.ts";
import { type ClientSetup, isFileWay } from "../../../../src/clientSetups/setup.ts";
import { clientSetups, findSetup } from "../../../../src/clientSetups/table.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";

const url = "http://127.0.0.1:3001";

describe("The set-up of a client", () => {
  let folder: string;
  let folders: { home: string; project: string };

  beforeEach(async () => {
    folder = await temporaryFolder();
    folders = { home: join(folder, "home"), project: join(folder, "project") };
    await mkdir(folders.home);
    await mkdir(folders.project);
  });

  afterEach(() => removeFolder(folder));

  const fileWay = (id: string) => {
    const way = findSetup(id)?.ways.find(isFileWay);
    assert.ok(way !== undefined, id);
    return way;
  };
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

  for (const { id, ways } of clientSetups.filter((setup) => setup.ways.some(isFileWay))) {
    it(`of ${id} is written twice, and the second time changes nothing`, async () => {
      for (const way of ways.filter(isFileWay)) {
        const first = await writeSetup(way, folders, { url, token: "kbt_secret" });
        assert.equal(first.path, setupPath(way, folders));
        assert.match(await readFile(first.path, "utf8"), /http:\/\/127\.0\.0\.1:3001/);
        assert.equal((await writeSetup(way, folders, { url, token: "kbt_secret" })).isChanged, false);
      }
    });
  }

  it("has the name of the variable, not the token, if the client reads variables", async () => {
    const { path } = await writeSetup(fileWay("cursor"), folders, { url });
    assert.equal(path, join(folders.home, ".cursor/mcp.json"));
    assert.deepEqual(JSON.parse(await readFile(path, "utf8")), {
      mcpServers: {
        "kiro-bridge": { url: `${url}/mcp`, headers: { Authorization: "Bearer ${env:KIRO_BRIDGE_TOKEN}" } },
      },
    });
    await assert.rejects(writeSetup(fileWay("copilot"), folders, { url }), /reads no variable/);
  });

  it("keeps a copy of the file, and hides one with a token from others", async () => {
    const path = join(folders.project, ".mcp.json");
    await writeFile(path, '{"mcpServers":{"mine":{"command":"x"}}}');
    await chmod(path, 0o644);
    const open = await writeSetup(fileWay("claude-code"), folders, { url });
    assert.equal(await modeOf(path), 0o644);
    const { backup = "" } = open;
    assert.equal(await readFile(backup, "utf8"), '{"mcpServers":{"mine":{"command":"x"}}}');
    await writeSetup(fileWay("claude-code"), folders, { url, token: "kbt_secret" });
    assert.equal(await modeOf(path), 0o600);
    assert.match(await readFile(path, "utf8"), /Bearer kbt_secret/);
    assert.match(await readFile(path, "utf8"), /"mine"/);
  });

  it("leaves a file that it does not understand as it is, and says so", async () => {
    const path = join(folders.project, ".mcp.json");
    await writeFile(path, "{ broken");
    await assert.rejects(
      writeSetup(fileWay("claude-code"), folders, { url }),
      /\.mcp\.json was left as it is: it is not valid JSON\. Add the lines by hand\./,
    );
    assert.deepEqual([await readFile(path, "utf8"), await readdir(folders.project)], ["{ broken", [".mcp.json"]]);
  });

  it("writes through a link, which stays one", async () => {
    const real = join(folder, "dotfiles.json");
    await writeFile(real, "{}");
    await symlink(real, join(folders.project, ".mcp.json"));
    await writeSetup(fileWay("claude-code"), folders, { url });
    assert.match(await readFile(real, "utf8"), /kiro-bridge/);
    assert.equal((await readdir(folders.project, { withFileTypes: true }))[0]?.isSymbolicLink(), true);
  });

  it("is offered for clients that are installed: by a program on the PATH, or a folder", async () => {
    const setup: Pick<ClientSetup, "signs"> = { signs: { programs: ["some-client"], folders: [".some-client"] } };
    const bin = join(folder, "bin");
    await mkdir(bin);
    const machine = { home: folders.home, path: bin, platform: "linux" } as const;
    assert.equal(await isInstalled(setup, machine), false);
    await writeFile(join(bin, "some-client"), "", { mode: 0o644 });
    assert.equal(await isInstalled(setup, machine), false);
    await chmod(join(bin, "some-client"), 0o755);
    assert.equal(await isInstalled(setup, machine), true);
    await mkdir(join(folders.home, ".some-client"));
    assert.equal(await isInstalled(setup, { ...machine, path: "" }), true);
  });
});

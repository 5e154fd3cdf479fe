import assert from "node:assert/strict";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "../../../../../src/base/logger.ts";
import { PluginSearch } from "../../../../../src/plugins/hub/finding/pluginSearch.ts";
import { PluginWatch } from "../../../../../src/plugins/hub/finding/pluginWatch.ts";
import { removeFolder, temporaryFolder } from "../../../../support/temporaryFolder.ts";
import { until } from "../../../../support/until.ts";

describe("The search for plugins", () => {
  let root: string;
  let places: { userFolder: string; folders: string[]; trusted: string[] };
  let search: PluginSearch;

  beforeEach(async () => {
    root = await temporaryFolder();
    const places_ = { userFolder: join(root, "home", "plugins"), folders: [] as string[], trusted: [] as string[] };
    places = places_;
    search = new PluginSearch({
      userFolder: places.userFolder,
      configured: () => places_.folders,
      workspace: () => places_.trusted,
    });
  });

  afterEach(() => removeFolder(root));

  async function writePlugin(path: string, name: string, more: object = {}): Promise<string> {
    const folder = join(root, path);
    await mkdir(join(folder, ".claude-plugin"), { recursive: true });
    const manifest = { name, version: "1.0.0", ...more };
    await writeFile(join(folder, ".claude-plugin", "plugin.json"), JSON.stringify(manifest));
    return folder;
  }

  async function found(): Promise<string[]> {
    const { plugins } = await search.find();
    return plugins.map(({ origin, reading }) =>
      reading.kind === "valid" ? `${origin} ${reading.manifest.name}` : `${origin} invalid`,
    );
  }

  it("finds those of the user, of the setting and of the workspace, in this order", async () => {
    await writePlugin("home/plugins/b", "b");
    await writePlugin("home/plugins/a", "a");
    places.folders = [await writePlugin("set", "set"), join(root, "many")];
    await writePlugin("many/c", "c");
    places.trusted = [await writePlugin("work", "work")];
    await writePlugin("work/plugins/d", "d");
    assert.deepEqual(await found(), ["user a", "user b", "setting set", "setting c", "workspace d", "workspace work"]);
  });

  it("finds nothing in a workspace that is not trusted, deeper, in hidden folders, or by a relative setting", async () => {
    await writePlugin("work", "work");
    await writePlugin("home/plugins/.hidden", "hidden");
    await writePlugin("home/plugins/a/b", "deep");
    places.folders = ["work"];
    assert.deepEqual(await found(), []);
  });

  it("finds a plugin once that two places lead to", async () => {
    const folder = await writePlugin("real", "a");
    await mkdir(places.userFolder, { recursive: true });
    await symlink(folder, join(places.userFolder, "link"));
    places.folders = [folder];
    assert.deepEqual(await found(), ["user a"]);
  });

  it("reports a manifest that is not valid, with its problems", async () => {
    await writePlugin("home/plugins/a", "A");
    assert.deepEqual(await found(), ["user invalid"]);
  });

  it("reads at most 100 of one folder", async () => {
    for (let at = 0; at < 110; at++) await writePlugin(`home/plugins/p${at}`, `p${at}`);
    assert.equal((await found()).length, 100);
  });

  it("notices what is added, changed and removed, also in places that did not exist", async () => {
    const watch = new PluginWatch({ search, logger: silentLogger });
    let names: string[] = [];
    watch.onDidFind(({ plugins }) => {
      names = plugins.map(({ reading }) => (reading.kind === "valid" ? reading.manifest.version : "invalid"));
    });
    try {
      watch.look();
      const folder = await writePlugin("home/plugins/a", "a");
      await until(() => names.join() === "1.0.0", "the new plugin");
      await writePlugin("home/plugins/a", "a", { version: "1.0.1" });
      await until(() => names.join() === "1.0.1", "its new version");
      await writePlugin("home/plugins/a", "A");
      await until(() => names.join() === "invalid", "its problem");
      await rm(join(folder, ".claude-plugin"), { recursive: true });
      await until(() => names.join() === "", "its end");
    } finally {
      await watch.dispose();
    }
  });
});

// Records what earlier versions have left on the disk, for the tests in test/windows/upgrade: builds each from the history,
// uses it in a real editor, and keeps its folders in test/fixtures/upgrade. Recorded versions stay as they are. Arguments:
// names of test/support/upgrade/earlierVersions.ts; by default those that are not recorded yet.
import { existsSync } from "node:fs";
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../support/editor/paths.ts";
import { buildEarlier, npmPackageOf } from "../support/upgrade/earlierBuild.ts";
import { type EarlierVersion, earlierVersions, versionNamed } from "../support/upgrade/earlierVersions.ts";
import { hasPart, leaveTraces } from "../support/upgrade/leaveTraces.ts";
import { UsedEditor } from "../support/upgrade/usedEditor.ts";

const fixtures = join(repositoryRoot, "test", "fixtures", "upgrade");
/** What a bridge keeps for its own programs, and nothing that belongs to the user. */
const passing = /(?:^|\/)(?:simulator|processes|terminal)[^/]*$/;

async function record(version: EarlierVersion): Promise<void> {
  const build = await buildEarlier(version);
  const library = hasPart(version.name, "plugins") ? join(await npmPackageOf(build), "plugin.js") : undefined;
  const editor = await UsedEditor.start(build.vsix);
  try {
    const bridge = await editor.open();
    const traces = await leaveTraces(bridge, { version: version.name, folder: editor.folder, pluginLibrary: library });
    await editor.close();
    const folder = join(fixtures, version.name);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    for (const [from, name] of [
      [editor.home, "home"],
      [editor.storage, "storage"],
    ] as const)
      if (existsSync(from))
        await cp(from, join(folder, name), { recursive: true, filter: (path) => !passing.test(path) });
    await writeFile(join(folder, "traces.json"), `${JSON.stringify(traces, undefined, 2)}\n`);
    process.stdout.write(`${version.name}: ${traces.runs.length} runs, ${traces.clients.length} clients\n`);
  } finally {
    await editor.end();
  }
}

const named = process.argv.slice(2);
const missing = earlierVersions.filter(({ name }) => !existsSync(join(fixtures, name)));
for (const version of named.length > 0 ? named.map(versionNamed) : missing) await record(version);

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { readDiscoveries } from "../support/editor/bridge.ts";
import { EditorProfile } from "../support/editor/editorProfile.ts";
import { editorCache, repositoryRoot } from "../support/editor/paths.ts";
import { describeInBrowser } from "./support.ts";

const START_DEADLINE_MS = 150_000;

describeInBrowser("npm start", function () {
  this.timeout(START_DEADLINE_MS + 10_000);
  let profile: EditorProfile;

  before(async () => {
    profile = await EditorProfile.create();
  });

  after(() => profile.remove());

  it("prints a line to paste, runs it, shows the editor's answer, and leaves nothing behind", async () => {
    const env = profile.environment({ KIRO_BRIDGE_EDITOR_CACHE: editorCache() });
    const args = [join(repositoryRoot, "scripts", "start.mjs"), "--once", "--editor", "code-server"];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: START_DEADLINE_MS });
    assert.match(stdout, /^curl .*\/api\/kiro\/execute$/m);
    assert.match(stdout, /^\{"success":true,/m);
    assert.deepEqual(await readDiscoveries(profile.bridgeHome), []);
  });
});

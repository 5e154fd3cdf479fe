import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { editorUser } from "../../../../src/core/access/principal.ts";
import { CliBridge } from "../../../support/cli/cliBridge.ts";
import { removeCliBundle } from "../../../support/cli/cliBundle.ts";
import type { CliProcess } from "../../../support/cli/cliProcess.ts";

describe("kiro-bridge pair", () => {
  let bridge: CliBridge;
  before(async () => {
    bridge = await CliBridge.start();
    // As with the setting kiroBridge.auth.discovery: "pair".
    await bridge.publish({ token: undefined });
  });
  after(async () => {
    await bridge.dispose();
    await removeCliBundle();
  });

  /** Decides as the user of the editor, after the code has appeared in both places. */
  async function decide(run: CliProcess, decision: "allow" | "deny"): Promise<void> {
    await run.printed(/[A-Z2-9]{4}-[A-Z2-9]{4}/);
    const { pairings } = bridge.bridge.core.access;
    const [{ id, code } = assert.fail("nobody asks")] = pairings.pending;
    await run.printed(code);
    pairings.decide(id, { decision }, editorUser);
  }

  it("is what a command without a token advises", async () => {
    const { code, stderr } = await bridge.run(["status"]);
    assert.equal(code, 3);
    assert.match(stderr, /kiro-bridge pair --save/);
  });

  it("prints the token, and only it, on stdout", async () => {
    const run = await bridge.start(["pair", "--name", "my script", "--role", "viewer", "--reason", "to see"]);
    await decide(run, "allow");
    const { code, stdout, stderr } = await run.ended;
    assert.equal(code, 0);
    assert.match(stdout, /^kbt_\S+\n$/);
    assert.match(stderr, /^Allow my script in the editor, if it shows the code \S+\.\n$/);
    const used = await bridge.run(["status"], { env: { KIRO_BRIDGE_TOKEN: stdout.trim() } });
    assert.equal(used.code, 0);
    const denied = await bridge.run(["exec", "test.echo"], { env: { KIRO_BRIDGE_TOKEN: stdout.trim() } });
    assert.equal(denied.code, 3);
    assert.match(denied.stderr, /lacks the permission commands:run/);
  });

  it("stores the token with --save, readable by the user alone, and other commands use it", async () => {
    const run = await bridge.start(["pair", "--save", "--json"]);
    await decide(run, "allow");
    const { code, stdout } = await run.ended;
    assert.equal(code, 0);
    assert.doesNotMatch(stdout, /kbt_/);
    const path = join(bridge.home, "cli-token.json");
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.match(await readFile(path, "utf8"), /"kbt_/);
    assert.equal((await bridge.run(["exec", "test.echo", "x"])).code, 0);
    const { store } = bridge.bridge.core.access;
    for (const { id } of store.list()) await store.revoke(id, editorUser);
    const revoked = await bridge.run(["status"]);
    assert.equal(revoked.code, 3);
    assert.match(revoked.stderr, /does not know the stored token.*\n.*kiro-bridge pair --save/);
  });

  it("ends with 3 if the user denies it", async () => {
    const run = await bridge.start(["pair", "--name", "denied"]);
    await decide(run, "deny");
    const { code, stdout } = await run.ended;
    assert.deepEqual([code, stdout], [3, ""]);
  });

  it("gives up at Ctrl+C, and refuses wrong permissions", async () => {
    const run = await bridge.start(["pair", "--name", "left"]);
    await run.printed(/[A-Z2-9]{4}-[A-Z2-9]{4}/);
    run.signal("SIGINT");
    assert.equal((await run.ended).code, 130);
    assert.equal((await bridge.run(["pair", "--scopes", "everything"])).code, 64);
    assert.equal((await bridge.run(["pair", "--scopes", "status:read", "--role", "ci"])).code, 64);
  });
});

import assert from "node:assert/strict";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { CliBridge } from "../../../support/cli/cliBridge.ts";
import { removeCliBundle } from "../../../support/cli/cliBundle.ts";
import { ExportingBridges, hookElement, untilDestination } from "../../../support/exports/exportingBridge.ts";
import { never, type ScriptedServer } from "../../../support/exports/scriptedServer.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { until } from "../../../support/until.ts";

const principals = new FakePrincipals();
const viewer = principals.add("viewer", { role: "viewer" });

describe("kiro-bridge exports", () => {
  let store: DisposableStore;
  let receiver: ScriptedServer;
  let exporting: ExportingBridges;
  let cli: CliBridge;
  after(() => removeCliBundle());
  afterEach(() => store.dispose());

  const start = async (...elements: object[]): Promise<void> => {
    exporting.elements = elements;
    cli = store.add(await CliBridge.start({ ...exporting.options, principals }));
  };
  beforeEach(async () => {
    store = new DisposableStore();
    exporting = store.add(await ExportingBridges.create());
    receiver = await exporting.serve();
  });

  /** Has the receiver refuse the end of a run. */
  const refuse = async (count: number): Promise<void> => {
    receiver.reply({ status: 413 });
    await cli.bridge.execute({ command: "test.echo", args: ["x"] });
    await untilDestination(cli.bridge, "a dead letter", ({ deadLetters }) => deadLetters === count);
  };
  const cells = (line = ""): string[] => line.split(/ {2,}/);

  it("lists the destinations with their health, and notes what is wrong with the setting", async () => {
    const wrong = hookElement(receiver, { name: "wrong", url: "no address" });
    await start(hookElement(receiver), hookElement(receiver, { name: "off", enabled: false }), wrong);
    await refuse(1);
    const { code, stdout, stderr } = await cli.run(["exports"]);
    assert.equal(code, 0);
    const [head, hook, off] = stdout.split("\n").map(cells);
    assert.deepEqual(head?.slice(0, 3), ["NAME", "KIND", "STATE"]);
    assert.deepEqual(hook?.slice(0, -1), ["hook", "webhook", "idle", "0", "0", "1", "0", "1", "window-1"]);
    assert.match(hook?.at(-1) ?? "", /\(413\)/);
    assert.deepEqual(off?.slice(0, 3), ["off", "webhook", "off"]);
    assert.match(stderr, /^kiroBridge\.exports: wrong: url: /);
    const json = JSON.parse((await cli.run(["exports", "list", "--json"])).stdout);
    assert.deepEqual(json, (await cli.bridge.call("/kiro/exports")).json);
    assert.equal((await cli.run(["exports", "--window", "none"])).code, 1);
  });

  it("shows what came last of each, an error or a success", async () => {
    await start(hookElement(receiver));
    const last = async () => cells((await cli.run(["exports"])).stdout.split("\n")[1]).at(-1) ?? "";
    assert.equal(await last(), "-");
    await cli.bridge.execute({ command: "test.echo" });
    await untilDestination(cli.bridge, "the run", ({ sent }) => sent === 1);
    assert.match(await last(), /^sent \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    receiver.otherwise = { status: 401 };
    await cli.bridge.execute({ command: "test.echo" });
    const { lastError } = await untilDestination(cli.bridge, "the failure", ({ state }) => state === "blocked");
    assert.equal(await last(), lastError?.message);
  });

  it("says so when there are none", async () => {
    await start();
    const { code, stdout, stderr } = await cli.run(["exports"]);
    assert.deepEqual([code, stdout], [0, ""]);
    assert.match(stderr, /^There are none\./);
  });

  it("tests a destination, and ends with 1 and the reason if it does not take the item", async () => {
    await start(hookElement(receiver));
    const passed = await cli.run(["exports", "test", "hook"]);
    assert.deepEqual([passed.code, passed.stderr], [0, ""]);
    assert.match(passed.stdout, /^sent .+ \(\d+ ms\)\n$/);
    receiver.reply({ status: 401 });
    const failed = await cli.run(["exports", "test", "hook"]);
    assert.deepEqual([failed.code, failed.stdout], [1, ""]);
    assert.match(failed.stderr, /^failed: .*\(401\)/);
    receiver.reply({ status: 401 });
    const { success, exitCode, error } = JSON.parse((await cli.run(["exports", "test", "hook", "--json"])).stdout);
    assert.deepEqual([success, exitCode, error.kind], [false, 1, "blocked"]);
  });

  it("ends a test at Ctrl+C with 130, also at the destination", async () => {
    await start(hookElement(receiver));
    receiver.reply({ headUntil: never });
    const testing = await cli.start(["exports", "test", "hook"]);
    await receiver.request(0);
    testing.signal("SIGINT");
    assert.equal((await testing.ended).code, 130);
    await until(() => receiver.at(0).closed.aborted, "the end of the request");
  });

  it("lists dead letters, sends them again, and removes them", async () => {
    await start(hookElement(receiver));
    const run = (...args: string[]) => cli.run(["exports", ...args]);
    assert.deepEqual(await run("dead-letters", "hook"), { code: 0, stdout: "", stderr: "There are none.\n" });
    await refuse(1);
    await refuse(2);
    const listed = await run("dead-letters", "hook", "--limit", "1");
    const [head, line = ""] = listed.stdout.split("\n");
    assert.deepEqual([listed.code, listed.stderr, head], [0, "1 more.\n", head]);
    assert.match(line, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}command-completed {2}exec-\S+ {2}.*\(413\)/);
    const { deadLetters, total } = JSON.parse((await run("dead-letters", "hook", "--json")).stdout);
    assert.deepEqual([deadLetters.length, total], [2, 2]);
    assert.deepEqual(await run("replay", "hook"), { code: 0, stdout: "2 dead letters sent again\n", stderr: "" });
    await untilDestination(cli.bridge, "no dead letters", (record) => record.deadLetters === 0);
    await refuse(1);
    const removed = await run("dead-letters", "hook", "--remove");
    assert.deepEqual(removed, { code: 0, stdout: "1 dead letter removed\n", stderr: "" });
    assert.deepEqual(JSON.parse((await run("replay", "hook", "--json")).stdout), { replayed: 0 });
    assert.deepEqual(JSON.parse((await run("dead-letters", "hook", "--remove", "--json")).stdout), { removed: 0 });
  });

  it("ends with 64 for wrong usage, 3 without the permission, and 1 for an unknown destination", async () => {
    await start(hookElement(receiver));
    const codeOf = async (...args: string[]) => (await cli.run(["exports", ...args])).code;
    assert.deepEqual(
      [
        await codeOf("test"),
        await codeOf("other"),
        await codeOf("dead-letters", "hook", "--limit", "1001"),
        await codeOf("dead-letters", "hook", "--limit", "5", "--remove"),
        await codeOf("replay", "none"),
      ],
      [64, 64, 64, 64, 1],
    );
    const env = { KIRO_BRIDGE_TOKEN: viewer.token };
    for (const args of [["list"], ["test", "hook"], ["replay", "hook"], ["dead-letters", "hook"]]) {
      const { code, stderr } = await cli.run(["exports", ...args], { env });
      assert.equal(code, 3);
      assert.match(stderr, /The token lacks the permission access:manage\./);
    }
  });
});

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Schema, Validator } from "@cfworker/json-schema";
import { eventPayloads } from "../../../src/protocol/events.ts";
import { publishEntry } from "../../../src/windows/discovery.ts";
import { SocketClient } from "../../support/socketClient.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../support/testBridge.ts";

const folder = join(import.meta.dirname, "../../../docs/schemas");
const read = (name: string): Schema => JSON.parse(readFileSync(join(folder, `${name}.schema.json`), "utf8")) as Schema;

/** Returns what does not match. */
function mismatches(name: string, value: unknown): string[] {
  return new Validator(read(name), "2020-12", false).validate(value).errors.map(({ error }) => error);
}

describe("The JSON Schemas", () => {
  let bridge: TestBridge;
  let discovery: string;

  before(async () => {
    discovery = await temporaryFolder();
    bridge = await startTestBridge();
  });
  after(async () => {
    await bridge.dispose();
    await removeFolder(discovery);
  });

  it("match the discovery file that a bridge writes, and no other file", async () => {
    const { url } = bridge.server;
    const windows = [bridge.core.window.describe()];
    const file = await publishEntry(discovery, { version: "0.1.0", url, pid: process.pid, token: TEST_TOKEN, windows });
    const content: unknown = JSON.parse(await readFile(file, "utf8"));
    assert.deepEqual(mismatches("bridge-json", content), []);
    assert.notDeepEqual(mismatches("bridge-json", { ...Object(content), pid: "1" }), []);
    assert.notDeepEqual(mismatches("bridge-json", { url }), []);
  });

  it("match an exported run, and no other file", async () => {
    const { json } = await bridge.execute({ command: "test.echo", args: ["hello"] });
    const run: unknown = JSON.parse(JSON.stringify(await bridge.core.history.exportRun(String(json["executionId"]))));
    assert.deepEqual(mismatches("run-export", run), []);
    assert.ok(Object(run)["events"].length > 1);
    assert.notDeepEqual(mismatches("run-export", { ...Object(run), format: "other" }), []);
    assert.notDeepEqual(mismatches("run-export", { ...Object(run), events: [{ type: "command-started" }] }), []);
  });

  it("match the events of a bridge, and no others", async () => {
    const client = await SocketClient.open(bridge);
    await bridge.execute({ command: "test.echo", args: ["hello"] });
    await client.waitForType("command-completed");
    client.close();
    assert.ok(client.events.length > 2);
    for (const event of client.events) {
      assert.deepEqual(mismatches("events", event), [], JSON.stringify(event));
      assert.notDeepEqual(mismatches("events", { ...event, eventId: "1" }), []);
    }
    const names = Object.keys(Object(read("events"))["$defs"]).filter((name) => name.endsWith("Event"));
    assert.equal(names.length, Object.keys(eventPayloads).length);
  });

  it("allow the fields of later versions", () => {
    for (const name of readdirSync(folder))
      assert.doesNotMatch(readFileSync(join(folder, name), "utf8"), /"additionalProperties": false/, name);
  });
});

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { KiroBridgeClient } from "../../../../src/client/client.ts";
import { isKiroBridgeError } from "../../../../src/client/errors.ts";
import type { EventStream } from "../../../../src/client/events/eventStream.ts";
import { TEST_TOKEN } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";
import { WindowGroup } from "../../../support/windows/windowGroup.ts";
import type { WindowProcess } from "../../../support/windows/windowProcess.ts";

describe("A bridge that is killed and started again under its client", () => {
  let group: WindowGroup;
  let window: WindowProcess;
  let client: KiroBridgeClient;
  let effects: string;

  beforeEach(async () => {
    group = await WindowGroup.create();
    effects = join(group.folder, "effects");
    window = await group.start("a");
    // Short delays and many attempts: the window needs a while to start.
    const retry = { maxRetries: 200, baseDelayMs: 200, maxDelayMs: 500 };
    client = new KiroBridgeClient(group.url, { token: TEST_TOKEN, retry });
  });
  afterEach(async () => {
    await client.close();
    await group.dispose();
  });

  const effectsOf = async (text: string): Promise<number> => {
    const lines = (await readFile(effects, "utf8").catch(() => "")).split("\n");
    return lines.filter((line) => line.startsWith(`${text} `)).length;
  };
  /** Each run of a window has another ID. */
  const restart = async (): Promise<void> => {
    await window.kill();
    window = await group.start("b");
  };

  it("gets the calls that it has not received, each once", async () => {
    await window.kill();
    const calls = Array.from({ length: 10 }, (_, at) => client.executeCommand("test.append", [effects, `call-${at}`]));
    window = await group.start("a");
    for (const { success } of await Promise.all(calls)) assert.equal(success, true);
    for (let at = 0; at < 10; at++) assert.equal(await effectsOf(`call-${at}`), 1);
  });

  it("does not run a command again whose response was lost", async () => {
    const call = client.executeCommand("test.appendAndHold", [effects, "lost"]);
    const ended = call.catch((error: unknown) => error);
    await until(async () => (await effectsOf("lost")) === 1);
    await restart();
    const end = await ended;
    assert.ok(isKiroBridgeError(end), String(end));
    assert.equal(end.code, "KIRO_UNAVAILABLE");
    assert.equal(await effectsOf("lost"), 1);
  });

  it("gives its event stream every later event once", async () => {
    const events = await client.events({ types: ["command-completed"] }).ready();
    for (const text of ["before 1", "before 2"]) await client.executeCommand("test.echo", [text]);
    assert.deepEqual(await outputsUntil(events, "before 2"), ["before 1", "before 2"]);
    await restart();
    for (const text of ["after 1", "after 2"]) await client.executeCommand("test.echo", [text]);
    assert.deepEqual(await outputsUntil(events, "after 2"), ["after 1", "after 2"]);
    await events.return();
  });
});

/** Reads a stream until a command with an output, and returns the outputs of all. */
async function outputsUntil(events: EventStream, last: string): Promise<string[]> {
  const outputs: string[] = [];
  for (let next = await events.next(); next.done !== true; next = await events.next()) {
    if (next.value.type !== "command-completed") continue;
    outputs.push(next.value.output);
    if (next.value.output === last) break;
  }
  return outputs;
}

import assert from "node:assert/strict";
import { multiByteSample } from "../../fixtures/simulator/answers.ts";
import { fake } from "../../fixtures/simulator/directive.ts";
import { endSimulators } from "../../support/simulator.ts";
import { answerTo, errorOf, RawAcpClient } from "./rawAcpClient.ts";

describe("simulator ACP scenarios on the wire", function () {
  afterEach(endSimulators);

  it("ext: every extension that was seen", async () => {
    const client = new RawAcpClient();
    await client.turn(fake("ext"));
    const methods = new Set(client.received().map(({ method }) => method));
    for (const name of [
      "commands/available",
      "mcp/server_initialized",
      "mcp/server_init_failure",
      "agent/not_found",
      "error/rate_limit",
      "compaction/status",
    ]) {
      assert.ok(methods.has(`_kiro.dev/${name}`), name);
    }
    assert.equal(client.text(), answerTo(""));
  });

  it("unknown-update: kinds outside the standard", async () => {
    const client = new RawAcpClient();
    await client.turn(fake("unknown-update"));
    const kinds = client.updates().map(({ sessionUpdate }) => sessionUpdate);
    assert.deepEqual(kinds.slice(0, 4), [
      "retry_warning",
      "stream_discarded",
      "stream_stall_notice",
      "kind_of_tomorrow",
    ]);
    assert.equal(client.text(), answerTo(""));
  });

  it("discard: half the text, the notice that it does not count, the whole text", async () => {
    const client = new RawAcpClient();
    await client.turn(fake("discard"));
    assert.ok(client.text().endsWith(answerTo("")) && client.text().length > answerTo("").length);
    assert.ok(client.simulator.stdout().includes('"stream_discarded"'));
  });

  it("thought: thoughts and a plan in addition to the answer", async () => {
    const client = new RawAcpClient();
    await client.turn(fake("thought"));
    assert.deepEqual(
      client
        .updates()
        .slice(0, 2)
        .map(({ sessionUpdate }) => sessionUpdate),
      ["agent_thought_chunk", "plan"],
    );
    assert.equal(client.text(), answerTo(""));
  });

  it("stdout-noise: lines that are no messages, and one that hides a message", async () => {
    const client = new RawAcpClient();
    await client.turn(fake("stdout-noise"));
    const lines = client.lines();
    for (const noise of ["INFO starting up", "42", '{"level":"info"}', "{broken"])
      assert.ok(lines.includes(noise), noise);
    assert.ok(lines.some((line) => line.startsWith('noise{"jsonrpc"')));
    assert.equal(client.text(), answerTo(""));
  });

  it("split: cut characters, joined messages, Windows line ends", async () => {
    let client: RawAcpClient;
    // A busy machine may read two writes at once.
    do {
      client = new RawAcpClient();
      await client.turn(fake("split", { gapMs: 20 }));
    } while (!client.simulator.stdoutPieces.some((piece) => piece.toString("utf8").includes("\ufffd")));
    assert.equal(client.text(), answerTo(fake("split", { gapMs: 20 })));
    assert.ok(client.text().endsWith(multiByteSample));
    assert.ok(client.lines().some((line) => line.endsWith("\r")));
  });

  it("big-line: two chunks of the size that was asked for", async () => {
    const client = new RawAcpClient();
    await client.turn(fake("big-line", { bytes: 1_000_000, secondBytes: 10 }));
    assert.equal(client.text(), "x".repeat(1_000_000) + "y".repeat(10));
  });

  it("flood and stderr-flood: exactly as many bytes as asked", async () => {
    const client = new RawAcpClient();
    await client.turn(fake("flood", { bytes: 200_000 }));
    assert.equal(client.text().length, 200_000);
    const noisy = new RawAcpClient();
    await noisy.turn(fake("stderr-flood", { bytes: 200_000 }));
    // The other pipe has an order of its own.
    await noisy.simulator.until("the flood", () => noisy.simulator.stderr().length >= 200_000 - 10);
    assert.equal(noisy.text(), answerTo(""));
  });

  it("update-after-end: a chunk behind the response", async () => {
    const client = new RawAcpClient();
    const response = await client.turn(fake("update-after-end"));
    await client.simulator.until("the late chunk", () => client.text().endsWith("A chunk after the end."));
    const received = client.received();
    assert.ok(received.findIndex(({ id }) => id === response["id"]) < received.length - 1);
  });

  it("bad-id: a response to nobody, and a second one", async () => {
    const client = new RawAcpClient();
    const { id } = await client.turn(fake("bad-id"));
    await client.simulator.until(
      "the second response",
      () => client.received().filter((message) => message["id"] === id && "result" in message).length === 2,
    );
    assert.ok(client.received().some((message) => message["id"] === "no-such-request"));
  });

  it("answers junk with a parse error, and an unknown method with its absence", async () => {
    const client = new RawAcpClient();
    client.simulator.stdin.write("junk\n");
    await client.simulator.until("the parse error", () => client.simulator.stdout().includes("-32700"));
    assert.equal(errorOf(await client.request("fs/read_text_file", {}))["code"], -32601);
  });
});

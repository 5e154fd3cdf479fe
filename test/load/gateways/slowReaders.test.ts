import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { ScriptedAgent } from "../../support/gateways/scriptedAgent.ts";
import { leastHeldBytes } from "../../support/measures/heldBytes.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../support/testBridge.ts";
import { until } from "../../support/until.ts";

const MEBIBYTE = 1024 * 1024;
/** Of an answer, in chunks of 1 MiB. */
const CHUNKS = 50;
/** An answer ends at this length; see `MAX_ANSWER_BYTES`. */
const LONGEST = 8 * MEBIBYTE;
const STEP = 100 * 1024;

const messages = [{ role: "user", content: "Tell me everything" }];
const requests = [
  { path: "/v1/chat/completions", body: { messages }, delta: /"content":"(x+)"/g, end: /"finish_reason":"length"/ },
  {
    path: "/v1/responses",
    body: { input: "Tell me everything" },
    delta: /"delta":"(x+)"/g,
    end: /response\.incomplete/,
  },
  {
    path: "/v1/messages",
    body: { messages, max_tokens: 1 },
    delta: /"text":"(x+)"/g,
    end: /"stop_reason":"max_tokens"/,
  },
] as const;

describe("Clients that read a stream of 50 MiB slowly", () => {
  const agent = new ScriptedAgent();
  let bridge: TestBridge;
  let chunks = 0;
  let wanted = 1;

  before(async () => {
    agent.answer = async (_prompt, context) => {
      for (let at = 0; at < wanted; at++) {
        context.signal.throwIfAborted();
        chunks++;
        context.output("x".repeat(MEBIBYTE));
        await new Promise(setImmediate);
      }
      return "end_turn";
    };
    bridge = await startTestBridge({ agent });
    // What is loaded with the first requests is no part of what an answer costs.
    for (const asked of requests) (await open(asked)).resume();
    await until(() => bridge.core.executions.active.size === 0 && bridge.core.executions.all.size === requests.length);
    wanted = CHUNKS;
  });
  after(() => bridge.dispose());

  async function open({ path, body }: (typeof requests)[number]): Promise<IncomingMessage> {
    const headers = { Authorization: `Bearer ${TEST_TOKEN}`, "Content-Type": "application/json" };
    const sent = request({ host: "127.0.0.1", port: bridge.port, path, method: "POST", agent: false, headers });
    sent.end(JSON.stringify({ ...body, model: "kiro", stream: true }));
    const [response]: IncomingMessage[] = await once(sent, "response");
    assert.equal(response?.statusCode, 200);
    return response;
  }

  /** Reads one step of a stream at a time, and lets everybody else do something in between. */
  async function readSlowly(stream: IncomingMessage, onStep: () => Promise<void>): Promise<string> {
    const read: Buffer[] = [];
    let unstepped = 0;
    for await (const chunk of stream) {
      assert.ok(Buffer.isBuffer(chunk));
      read.push(chunk);
      unstepped += chunk.length;
      if (unstepped < STEP) continue;
      unstepped = 0;
      await onStep();
    }
    return Buffer.concat(read).toString();
  }

  for (const asked of requests) {
    it(`at ${asked.path} make the host hold no more than an answer that it would keep, and get all of it`, async () => {
      chunks = 0;
      const records = (): number =>
        [...bridge.core.executions.all.values()].reduce((sum, { weight }) => sum + weight, 0);
      const before = (await leastHeldBytes()) - records();
      const stream = await open(asked);
      stream.pause();
      await until(() => bridge.core.executions.active.size === 0);
      // The agent was stopped, because nobody would get the rest.
      assert.ok(chunks < CHUNKS / 2, `${chunks} chunks`);
      const grown = (await leastHeldBytes()) - records() - before;
      assert.ok(grown < 3 * LONGEST, `${grown} bytes`);
      const text = await readSlowly(stream, () => new Promise(setImmediate));
      const length = [...text.matchAll(asked.delta)].reduce((sum, [, delta = ""]) => sum + delta.length, 0);
      assert.equal(length, LONGEST);
      assert.match(text, asked.end);
    });
  }
});

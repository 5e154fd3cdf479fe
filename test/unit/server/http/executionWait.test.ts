import assert from "node:assert/strict";
import type { ExecutionLog } from "../../../../src/core/executions/executionLog.ts";
import type { Outcome, Question, RunContext } from "../../../../src/core/ports.ts";
import { executionSchema } from "../../../../src/protocol/executions.ts";
import { FakeAgent } from "../../../support/fakePorts.ts";
import type { Answer } from "../../../support/httpClient.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";

const question: Question = { prompt: "Which?", inputType: "text", safeAnswer: "none" };
const MAX_CONNECTIONS = 3;

describe("GET /api/kiro/executions/{id}?wait=", () => {
  let clock: TestClock;
  let bridge: TestBridge;
  let turn: RunContext;
  let end: (outcome: Outcome) => void;
  let id: string;
  /** Number of requests that listen for changes of executions. */
  let listening: number;

  beforeEach(async () => {
    clock = TestClock.stopped();
    const agent = new FakeAgent();
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    end = resolve;
    agent.turn = (_task, context) => {
      turn = context;
      return promise;
    };
    bridge = await startTestBridge({ agent, maxConnections: MAX_CONNECTIONS, inputTimeoutMs: 3_600_000 });
    listening = 0;
    countListeners(bridge.core.executions);
    const accepted = await bridge.execute({ command: "kiro.cli.chat", args: ["hi"] }, { Prefer: "respond-async" });
    id = String(accepted.json["executionId"]);
  });

  afterEach(async () => {
    end({ kind: "completed" });
    await bridge.dispose();
    clock.release();
  });

  function countListeners(executions: ExecutionLog): void {
    const listen = executions.onDidChange;
    Object.assign(executions, {
      onDidChange: (listener: Parameters<typeof listen>[0]) => {
        listening++;
        const subscription = listen(listener);
        return {
          dispose: () => {
            listening--;
            return subscription.dispose();
          },
        };
      },
    });
  }

  const path = (wait: string): string => `/api/kiro/executions/${id}?wait=${wait}`;
  const get = (wait: number | string): Promise<Answer> => bridge.call(path(String(wait)));
  const rawRequest = (): string =>
    `GET ${path("50")} HTTP/1.1\r\nHost: 127.0.0.1:${bridge.port}\r\nAuthorization: Bearer ${TEST_TOKEN}\r\n\r\n`;
  const isWaited = (count = 1): Promise<void> =>
    until(() => bridge.core.clients.size === count, `${count} requests to wait`);
  /** Sends a request with `wait`; resolves once the bridge is waiting. */
  const startWaiting = async (wait = 50): Promise<{ answer: Promise<Answer> }> => {
    const answer = get(wait);
    await isWaited();
    return { answer };
  };
  const reply = (questionId: string | undefined): Promise<Answer> =>
    bridge.call("/api/kiro/input", { body: { executionId: id, questionId, type: "text", value: "left" } });

  it("returns the record when the execution ends", async () => {
    const { answer } = await startWaiting();
    turn.output("so far");
    end({ kind: "completed" });
    const { status, json } = await answer;
    const { status: state, output } = executionSchema.parse(json);
    assert.deepEqual([status, state, output], [200, "completed", "so far"]);
  });

  it("returns at each question, and after an answer waits for the next question or the end", async () => {
    const waiting = await startWaiting();
    const first = turn.ask(question);
    const asked = executionSchema.parse((await waiting.answer).json);
    assert.deepEqual([asked.status, asked.pendingInput?.prompt], ["waiting-input", "Which?"]);
    const open = executionSchema.parse((await get(50)).json);
    assert.equal(open.pendingInput?.questionId, asked.pendingInput?.questionId);

    assert.equal((await reply(asked.pendingInput?.questionId)).status, 200);
    assert.equal(await first, "left");
    const again = await startWaiting();
    void turn.ask(question);
    const next = executionSchema.parse((await again.answer).json);
    assert.notEqual(next.pendingInput?.questionId, asked.pendingInput?.questionId);

    await reply(next.pendingInput?.questionId);
    const last = await startWaiting();
    end({ kind: "completed", output: "the end" });
    assert.equal((await last.answer).json["output"], "the end");
  });

  it("returns the record of a running execution when the time has passed, and not before", async () => {
    const { answer } = await startWaiting(30);
    let isAnswered = false;
    void answer.then(() => (isAnswered = true));
    clock.pass(29_999);
    await bridge.call("/api/kiro/status");
    assert.equal(isAnswered, false);
    clock.pass(1);
    const { status, json } = await answer;
    assert.deepEqual([status, json["status"]], [200, "running"]);
  });

  it("returns immediately without a wait, and if the execution has ended", async () => {
    assert.equal((await get(0)).json["status"], "running");
    assert.equal((await bridge.call(`/api/kiro/executions/${id}`)).json["status"], "running");
    end({ kind: "completed" });
    await bridge.core.executions.get(id)?.settled;
    assert.equal((await get(50)).json["status"], "completed");
  });

  it("rejects anything but an integer from 0 to 50, and does not wait for an unknown execution", async () => {
    for (const wrong of ["51", "-1", "1.5", "1e1", "", "%2030", "soon", "9".repeat(20), "1&wait=2"]) {
      const { status, json } = await get(wrong);
      const { field } = Object(json["context"]);
      assert.deepEqual([status, json["code"], field], [400, "VALIDATION_FAILED", "wait"], wrong);
    }
    assert.equal((await bridge.call("/api/kiro/executions/none?wait=50")).status, 404);
    assert.equal(bridge.core.clients.size, 0);
  });

  it("counts as a connection: a request above the limit receives 429, and the others continue", async () => {
    const answers = Array.from({ length: MAX_CONNECTIONS }, () => get(50));
    await isWaited(MAX_CONNECTIONS);
    const refused = await get(50);
    assert.deepEqual([refused.status, refused.headers["retry-after"]], [429, "1"]);
    assert.equal((await get(0)).status, 200);
    end({ kind: "completed" });
    for (const { status } of await Promise.all(answers)) assert.equal(status, 200);
    assert.deepEqual([bridge.core.clients.size, listening], [0, 0]);
  });

  it("lists a program once, however many of its requests are waiting", async () => {
    const answers = [get(50), get(50)];
    await isWaited(2);
    assert.deepEqual(
      bridge.core.clients.list().map(({ kind }) => kind),
      ["http"],
    );
    end({ kind: "completed" });
    await Promise.all(answers);
  });

  it("releases the requests of a client that disconnects, and does not cancel the execution", async () => {
    const connection = bridge.connect().write(rawRequest().repeat(2));
    await isWaited(2);
    assert.equal(listening, 2);
    connection.close();
    await isWaited(0);
    await until(() => listening === 0, "the requests to be released");
    assert.equal(bridge.core.executions.get(id)?.status, "running");
  });

  it("releases a request whose time has passed", async () => {
    const { answer } = await startWaiting(1);
    clock.pass(1000);
    await answer;
    assert.deepEqual([bridge.core.clients.size, listening], [0, 0]);
  });

  it("responds immediately when the bridge stops, and closes the connection after the response", async () => {
    const connection = bridge.connect().write(rawRequest());
    await isWaited();
    bridge.server.announceStop();
    bridge.core.dispatcher.dispose();
    const text = await connection.ended;
    assert.match(text, /^HTTP\/1\.1 200 .*Connection: close.*"status":"interrupted"/s);
  });

  it("responds with 503 if the server closes before the execution ends", async () => {
    const { answer } = await startWaiting();
    const ended = bridge.server.dispose();
    const { status, json } = await answer;
    assert.deepEqual([status, json["code"]], [503, "KIRO_UNAVAILABLE"]);
    await ended;
  });

  it("responds with 401 when the token is replaced", async () => {
    const { answer } = await startWaiting();
    bridge.server.rotateToken(`another-${TEST_TOKEN}`);
    assert.equal((await answer).status, 401);
    assert.equal(bridge.core.clients.size, 0);
  });
});

describe("GET /api/kiro/executions/{id}?wait= of an execution of an earlier window", () => {
  let folder: string;
  let bridge: TestBridge;

  beforeEach(async () => {
    folder = await temporaryFolder();
    bridge = await startTestBridge({ journal: { folder } });
  });

  afterEach(async () => {
    await bridge.dispose();
    await removeFolder(folder);
  });

  it("returns immediately from the history", async () => {
    const { json } = await bridge.execute({ command: "test.echo", args: ["kept"] });
    await bridge.dispose();
    await bridge.core.journal?.dispose();
    bridge = await startTestBridge({ journal: { folder } });
    const { status, json: record } = await bridge.call(`/api/kiro/executions/${String(json["executionId"])}?wait=50`);
    assert.deepEqual([status, record["status"], record["output"]], [200, "completed", "kept"]);
  });
});

import assert from "node:assert/strict";
import { RememberingModel, type HeardRequest } from "../../../support/models/rememberingModel.ts";
import { ModelServer, never } from "../../../support/models/modelServer.ts";
import { callPort } from "../../../support/httpClient.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { TEST_TOKEN } from "../../../support/testBridge.ts";
import { WindowProcess } from "../../../support/windows/windowProcess.ts";

const TURNS = 200;
/** Small, so that the conversation is compacted every few turns. */
const CONTEXT_TOKENS = 16_000;

/** A point at which the process is killed: the first request that is wanted, from a turn on. */
interface Death {
  readonly turn: number;
  readonly kind: HeardRequest["kind"];
  /** Bytes of the answer that come before. */
  readonly at: number;
}

const deaths: readonly Death[] = [
  { turn: 10, kind: "prompt", at: 0 },
  { turn: 31, kind: "prompt", at: 700 },
  { turn: 75, kind: "results", at: 700 },
  { turn: 90, kind: "summary", at: 0 },
  { turn: 120, kind: "summary", at: 700 },
];

describe("A conversation of 200 turns", () => {
  let folder: string;
  let server: ModelServer;
  let model: RememberingModel;
  let window: WindowProcess | undefined;

  beforeEach(async () => {
    folder = await temporaryFolder();
    model = new RememberingModel("list_executions");
    server = await ModelServer.start();
    server.otherwise = model.script;
  });
  afterEach(async () => {
    await window?.kill();
    await server.dispose();
    await removeFolder(folder);
  });

  const start = async (): Promise<WindowProcess> => {
    const engine = {
      id: "memory",
      wire: "openai-chat",
      baseUrl: `${server.url}/v1`,
      auth: { kind: "none" },
      models: ["test-model"],
      contextTokens: CONTEXT_TOKENS,
    };
    return await WindowProcess.start({
      id: "window",
      port: 0,
      discovery: folder,
      folders: [folder],
      settings: { engines: [engine] },
    });
  };

  /** Sends a prompt, and returns its answer; undefined if the process has died meanwhile. */
  const prompt = async (number: number): Promise<string | undefined> => {
    const body = { command: "kiro.engines.memory.chat", args: [`Prompt ${number}.`] };
    const headers = { Authorization: `Bearer ${TEST_TOKEN}` };
    const port = window?.address?.port ?? 0;
    try {
      const { json } = await callPort(port, "/api/kiro/execute", { body, headers });
      assert.equal(json["success"], true, JSON.stringify(json));
      return String(json["output"]);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      return undefined;
    }
  };

  it("goes on after kill -9 at any point of a turn and of its compaction, with each turn exactly once", async function () {
    this.timeout(600_000);
    const waiting = [...deaths];
    let current = 0;
    model.fault = ({ kind }) => {
      const [death] = waiting;
      if (death === undefined || current < death.turn || kind !== death.kind) return {};
      waiting.shift();
      if (death.at === 0) window?.signal("SIGKILL");
      // The held bytes are on their way when the process ends.
      else setImmediate(() => window?.signal("SIGKILL"));
      return death.at === 0 ? { headUntil: never } : { hold: { at: death.at } };
    };
    const interrupted: number[] = [];
    for (current = 1; current <= TURNS; current++) {
      window ??= await start();
      const answer = await prompt(current);
      if (answer === undefined) {
        interrupted.push(current);
        await window.kill();
        window = undefined;
      } else assert.match(answer, new RegExp(`^Answer ${current} `));
    }
    assert.deepEqual(waiting, []);
    assert.equal(interrupted.length, deaths.length);
    assertEachTurnOnce(model.heard);
    const summaries = model.heard.filter(({ kind }) => kind === "summary").length;
    assert.ok(summaries >= 10, `${summaries} summaries`);
  });
});

/** Each request tells the model of all prompts so far: those of the summary, and those since. */
function assertEachTurnOnce(heard: readonly HeardRequest[]): void {
  for (const { kind, prompts, problem } of heard) {
    assert.equal(problem, undefined);
    const expected = Array.from({ length: prompts.length }, (_, index) => index + 1);
    assert.deepEqual(prompts, expected, `each turn once and in order, in a request of kind ${kind}`);
  }
  const last = heard.findLast(({ kind }) => kind !== "summary");
  assert.equal(last?.prompts.length, TURNS);
}

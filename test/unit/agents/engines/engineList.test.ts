import assert from "node:assert/strict";
import { Emitter } from "../../../../src/base/events.ts";
import { EngineList } from "../../../../src/agents/engines/engineList.ts";
import { engineSchema } from "../../../../src/agents/engines/engineSettings.ts";
import type { EngineModel } from "../../../../src/core/models/engineDirectory.ts";
import { unavailable } from "../../../../src/protocol/unavailable.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";

const never = new AbortController().signal;

function setUp(more: object, listModels: (signal: AbortSignal) => Promise<readonly EngineModel[]>) {
  const keys = new Emitter<string>();
  const engine = engineSchema.parse({ id: "local", wire: "openai-chat", ...more });
  const list = new EngineList({
    engines: [engine],
    listModels: (_id, signal) => listModels(signal),
    onDidChangeKey: keys.event,
  });
  let changes = 0;
  list.onDidChange(() => void changes++);
  return { list, keys, changes: () => changes };
}

describe("The engines of the settings", () => {
  let clock: TestClock;
  beforeEach(() => {
    clock = new TestClock();
  });
  afterEach(() => clock.release());

  it("have the models of the settings, the default first, and ask no vendor", async () => {
    const more = { name: "Local", models: ["one", "two"], embeddingModels: ["small"] };
    const { list } = setUp(more, () => assert.fail("the vendor was asked"));
    assert.deepEqual(list.list(), [
      {
        id: "local",
        name: "Local",
        wire: "openai-chat",
        defaultModel: "one",
        hasEmbeddings: true,
        defaultEmbeddingModel: "small",
      },
    ]);
    assert.deepEqual(
      (await list.models("local", never)).map(({ id }) => id),
      ["one", "two", "small"],
    );
    assert.deepEqual(await list.models("other", never), []);
  });

  it("have what the vendor lists if the settings name no model, asked for once", async () => {
    let asked = 0;
    const { list, changes } = setUp({ embeddingModels: ["small", "one"] }, async () => {
      asked++;
      return [{ id: "one", name: "One" }];
    });
    const models = [
      { id: "one", name: "One" },
      { id: "small", name: "small" },
    ];
    assert.deepEqual(await Promise.all([list.models("local", never), list.models("local", never)]), [models, models]);
    assert.deepEqual(await list.models("local", never), models);
    await until(() => changes() === 1);
    assert.equal(asked, 1);
  });

  it("ask again with another key", async () => {
    const answers = [[{ id: "one", name: "One" }], [{ id: "two", name: "Two" }]];
    const { list, keys, changes } = setUp({}, async () => answers.shift() ?? []);
    assert.equal((await list.models("local", never))[0]?.id, "one");
    await until(() => changes() === 1);
    keys.fire("another engine");
    assert.equal(changes(), 1);
    keys.fire("local");
    assert.equal(changes(), 2);
    assert.equal((await list.models("local", never))[0]?.id, "two");
  });

  it("have none while the vendor cannot be reached, which is asked again after 30 s", async () => {
    let asked = 0;
    const { list } = setUp({}, () => {
      asked++;
      return Promise.reject(unavailable("engine-unreachable", "offline"));
    });
    assert.deepEqual([await list.models("local", never), await list.models("local", never), asked], [[], [], 1]);
    clock.pass(30_000);
    assert.deepEqual([await list.models("local", never), asked], [[], 2]);
  });

  it("do not wait for a vendor longer than the caller wants, and end the request when they are disposed", async () => {
    const wanted = new AbortController();
    const asked = Promise.withResolvers<AbortSignal>();
    const { list } = setUp({}, async (signal) => {
      asked.resolve(signal);
      return await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    const waiting = list.models("local", wanted.signal);
    const signal = await asked.promise;
    wanted.abort();
    assert.deepEqual([await waiting, signal.aborted], [[], false]);
    await list.dispose();
    assert.equal(signal.aborted, true);
  });
});

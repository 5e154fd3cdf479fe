import assert from "node:assert/strict";
import { AgentModels } from "../../../src/agents/agentModels.ts";
import { listModels } from "../../../src/agents/kiro/cli/listModels.ts";
import type { AgentModel } from "../../../src/agents/startAgent.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { unavailable } from "../../../src/protocol/unavailable.ts";
import { TestClock } from "../../support/testClock.ts";
import { KiroCliRig } from "./kiro/kiroCliRig.ts";

const never = new AbortController().signal;
const models: readonly AgentModel[] = [{ id: "one", name: "One" }];

describe("The models of an agent", () => {
  let clock: TestClock;
  beforeEach(() => {
    clock = new TestClock();
  });
  afterEach(() => clock.release());

  it("are asked for once, however many want them, and again after ten minutes", async () => {
    let asked = 0;
    const known = new AgentModels(async () => {
      asked++;
      return models;
    });
    assert.deepEqual(await Promise.all([known.all(never), known.all(never)]), [models, models]);
    await known.all(never);
    assert.equal(asked, 1);
    clock.pass(10 * 60_000);
    await known.all(never);
    assert.equal(asked, 2);
    known.forget();
    await known.all(never);
    assert.equal(asked, 3);
  });

  it("are those of the last session, without a process of their own", async () => {
    const known = new AgentModels(() => assert.fail("it was asked"));
    known.learn(models);
    known.learn([]);
    assert.deepEqual(await known.all(never), models);
  });

  it("are none if the CLI is missing, which is asked again, or fails, which is not", async () => {
    const failures = [unavailable("cli-missing", "not found"), new Error("it failed")];
    const known = new AgentModels(() => Promise.reject(failures.shift() ?? new Error("it was asked again")));
    for (let asked = 0; asked < 3; asked++) assert.deepEqual(await known.all(never), []);
    assert.deepEqual(failures, []);
  });

  it("are not waited for longer than the caller wants", async () => {
    const asked = Promise.withResolvers<AbortSignal>();
    const known = new AgentModels((signal) => {
      asked.resolve(signal);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    });
    const impatient = new AbortController();
    const waiting = known.all(impatient.signal);
    const signal = await asked.promise;
    impatient.abort(new Error("gone"));
    await assert.rejects(waiting, /gone/u);
    assert.equal(signal.aborted, false);
    await known.dispose();
    assert.equal(signal.aborted, true);
  });

  it("are listed by the CLI itself, and told by its sessions", async () => {
    const rig = new KiroCliRig();
    try {
      const listed = await rig.kiro.models(never);
      assert.deepEqual(
        listed.map(({ id, name }) => [id, name]),
        [
          ["auto", "auto"],
          ["simulated-large", "Simulated Large"],
          ["simulated-small", "Simulated Small"],
        ],
      );
      await rig.chat("Hello");
      assert.deepEqual(await rig.kiro.models(never), listed);
      assert.equal(rig.log.records("start").filter(({ argv }) => String(argv).includes("--list-models")).length, 1);
    } finally {
      await rig.dispose();
    }
  });

  for (const [what, script, expected] of [
    [
      "lists entries that are not models",
      '[{"model_id":"a"},{"model_id":1},{},null,{"model_id":"b","model_name":"B"}]',
      ["a", "b"],
    ],
    ["lists no array", '"none"', []],
  ] as const) {
    it(`are those that can be read of a CLI that ${what}`, async () => {
      const program = printing(`console.log('{"models":${script}}')`);
      const read = await listModels({ program }, { cwd: process.cwd(), logger: silentLogger }, never);
      assert.deepEqual(
        read.map(({ id }) => id),
        expected,
      );
    });
  }

  it("are none of a CLI that prints something else, or does not know the question", async () => {
    for (const code of ["console.log('auto')", "process.exit(2)"]) {
      const read = await listModels({ program: printing(code) }, { cwd: process.cwd(), logger: silentLogger }, never);
      assert.deepEqual(read, []);
    }
  });
});

function printing(code: string) {
  return { command: process.execPath, leadingArgs: ["-e", code, "--"], env: {}, isSimulated: true };
}

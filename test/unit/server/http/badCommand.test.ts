import assert from "node:assert/strict";
import { join } from "node:path";
import { assertRefused, BadInputRig } from "./badInputRig.ts";

describe("Bad requests for a command", () => {
  const rig = BadInputRig.use();

  describe("in the command", () => {
    const run = async (command: string) => (await rig.bridge.execute({ command })).json;

    it("that is unknown fails with near matches, inside a 200 answer", async () => {
      const answer = await rig.bridge.execute({ command: "test.ecko" });
      assert.equal(answer.status, 200);
      assert.equal(answer.json["success"], false);
      assert.equal(answer.json["code"], "COMMAND_EXECUTION_FAILED");
      assert.match(String(answer.json["error"]), /^Command 'test.ecko' not found\. Did you mean 'test.echo'/);
    });

    it("that throws fails with its message and without a stack", async () => {
      const answer = await rig.bridge.execute({ command: "test.throws" });
      assert.equal(answer.status, 200);
      assert.equal(answer.json["error"], "it broke");
      assert.ok(!answer.text.includes(".test.ts"));
      assert.equal((await run("test.throwsNothing"))["success"], false);
    });

    it("that never returns ends at the deadline with 408", async () => {
      const answer = await rig.bridge.execute({ command: "test.never", timeoutMs: 30 });
      assert.equal(answer.status, 408);
      assert.equal(answer.json["code"], "OPERATION_TIMEOUT");
      assert.equal(answer.json["status"], "failed");
      assert.equal(answer.json["success"], false);
      assert.equal(answer.json["output"], "");
      assert.ok(Number(answer.json["executionTimeMs"]) >= 20);
      const { operation, timeoutMs } = Object(answer.json["context"]);
      assert.deepEqual({ operation, timeoutMs }, { operation: "command-execution", timeoutMs: 30 });
    });

    it("that gives what JSON cannot say gives it distinguishably", async () => {
      assert.deepEqual((await run("test.cyclic"))["result"], { self: { $type: "Cycle", levelsUp: 1 } });
      assert.deepEqual((await run("test.bigint"))["result"], { $type: "BigInt", value: String(2n ** 70n) });
      assert.equal(Object((await run("test.function"))["result"])["$type"], "Function");
      assert.deepEqual((await run("test.undefined"))["result"], { $type: "Undefined" });
    });

    it("that gives false, 0 or undefined gives just that, and text beside it", async () => {
      const values = { "test.false": [false, "false"], "test.zero": [0, "0"] };
      for (const [command, [result, output]] of Object.entries(values)) {
        const answer = await run(command);
        assert.deepEqual([answer["success"], answer["result"], answer["output"]], [true, result, output]);
      }
      assert.equal((await run("test.undefined"))["output"], "");
    });

    it("that gives a megabyte gives a megabyte", async () => {
      assert.equal(String((await run("test.megabyte"))["output"]).length, 1024 * 1024);
    });
  });

  describe("in the workspacePath", () => {
    const run = (workspacePath: string) => rig.bridge.execute({ command: "test.echo", workspacePath });

    it("outside every folder gets 404, which names the open folders", async () => {
      const answer = await run(join(rig.place, "closed"));
      assertRefused(answer, 404, "NOT_FOUND");
      assert.deepEqual(Object(answer.json["context"])["openFolders"], [join(rig.place, "open")]);
    });

    it("that is relative gets 400", async () => assertRefused(await run("open"), 400, "VALIDATION_FAILED"));

    it("that leaves by `..` gets 404, and that comes back by it is fine", async () => {
      assertRefused(await run(`${rig.place}/open/../closed`), 404, "NOT_FOUND");
      assertRefused(await run(`${rig.place}/open/inside/../../closed`), 404, "NOT_FOUND");
      assert.equal((await run(`${rig.place}/closed/../open`)).status, 200);
    });

    it("that leaves by a link gets 404, and by a link that stays inside is fine", async () => {
      assertRefused(await run(join(rig.place, "open", "link-out")), 404, "NOT_FOUND");
      assert.equal((await run(join(rig.place, "open", "link-in"))).status, 200);
    });

    it("that only begins like an open folder gets 404", async () => {
      assertRefused(await run(join(rig.place, "opened")), 404, "NOT_FOUND");
    });
  });

  describe("in the Idempotency-Key", () => {
    it("reused with another body gets 409", async () => {
      const headers = { "Idempotency-Key": "bad-1" };
      assert.equal((await rig.bridge.execute({ command: "test.echo", args: ["1"] }, headers)).status, 200);
      assertRefused(await rig.bridge.execute({ command: "test.echo", args: ["2"] }, headers), 409, "CONFLICT");
    });

    it("empty, too long or not ASCII gets 400", async () => {
      for (const key of ["", "k".repeat(256), "k\u00e9y", "a\tb"]) {
        assertRefused(
          await rig.bridge.execute({ command: "test.echo" }, { "Idempotency-Key": key }),
          400,
          "VALIDATION_FAILED",
        );
      }
      assert.equal(
        (await rig.bridge.execute({ command: "test.echo" }, { "Idempotency-Key": "k".repeat(255) })).status,
        200,
      );
    });
  });
});

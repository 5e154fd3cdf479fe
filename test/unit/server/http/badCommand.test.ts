import assert from "node:assert/strict";
import { join } from "node:path";
import { assertRefused, BadInputRig } from "./badInputRig.ts";

describe("Bad requests for a command", () => {
  const rig = BadInputRig.use();

  describe("in the command", () => {
    const run = async (command: string) => (await rig.bridge.execute({ command })).json;

    it("that is unknown fails with similar names, in a 200 response", async () => {
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
      assert.ok(Number.isInteger(answer.json["executionTimeMs"]));
      const { operation, timeoutMs } = Object(answer.json["context"]);
      assert.deepEqual({ operation, timeoutMs }, { operation: "command-execution", timeoutMs: 30 });
    });

    it("that returns what JSON cannot represent returns it with a $type", async () => {
      assert.deepEqual((await run("test.cyclic"))["result"], { self: { $type: "Cycle", levelsUp: 1 } });
      assert.deepEqual((await run("test.bigint"))["result"], { $type: "BigInt", value: String(2n ** 70n) });
      assert.equal(Object((await run("test.function"))["result"])["$type"], "Function");
      assert.deepEqual((await run("test.undefined"))["result"], { $type: "Undefined" });
    });

    it("that returns false, 0 or undefined returns it as result and as text", async () => {
      const values = { "test.false": [false, "false"], "test.zero": [0, "0"] };
      for (const [command, [result, output]] of Object.entries(values)) {
        const answer = await run(command);
        assert.deepEqual([answer["success"], answer["result"], answer["output"]], [true, result, output]);
      }
      assert.equal((await run("test.undefined"))["output"], "");
    });

    it("that returns a megabyte returns it whole", async () => {
      assert.equal(String((await run("test.megabyte"))["output"]).length, 1024 * 1024);
    });
  });

  describe("in the workspacePath", () => {
    const run = (workspacePath: string) => rig.bridge.execute({ command: "test.echo", workspacePath });

    it("outside every folder receives 404, with the open folders", async () => {
      const answer = await run(join(rig.place, "closed"));
      assertRefused(answer, 404, "NOT_FOUND");
      assert.deepEqual(Object(answer.json["context"])["openFolders"], [join(rig.place, "open")]);
    });

    it("that is relative receives 400", async () => assertRefused(await run("open"), 400, "VALIDATION_FAILED"));

    it("that leaves a folder by `..` receives 404, and one that returns by it is accepted", async () => {
      assertRefused(await run(`${rig.place}/open/../closed`), 404, "NOT_FOUND");
      assertRefused(await run(`${rig.place}/open/inside/../../closed`), 404, "NOT_FOUND");
      assert.equal((await run(`${rig.place}/closed/../open`)).status, 200);
    });

    it("that leaves a folder by a link receives 404, and a link inside is accepted", async () => {
      assertRefused(await run(join(rig.place, "open", "link-out")), 404, "NOT_FOUND");
      assert.equal((await run(join(rig.place, "open", "link-in"))).status, 200);
    });

    it("that only shares a prefix with an open folder receives 404", async () => {
      assertRefused(await run(join(rig.place, "opened")), 404, "NOT_FOUND");
    });
  });

  describe("in the Idempotency-Key", () => {
    it("reused with another body receives 409", async () => {
      const headers = { "Idempotency-Key": "bad-1" };
      assert.equal((await rig.bridge.execute({ command: "test.echo", args: ["1"] }, headers)).status, 200);
      assertRefused(await rig.bridge.execute({ command: "test.echo", args: ["2"] }, headers), 409, "CONFLICT");
    });

    it("that is empty, too long or not ASCII receives 400", async () => {
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

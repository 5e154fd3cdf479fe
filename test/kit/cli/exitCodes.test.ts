import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { KiroBridgeError } from "../../../src/client/index.ts";
import { CliFailure, exitCodeOf, reportOf, usageFailure } from "../../../src/cli/exitCodes.ts";
import { errorCodes } from "../../../src/protocol/errors.ts";

describe("The exit code of the command line", () => {
  it("is 2 for a bridge that cannot be reached, is starting, or is stopping", () => {
    const codes = ["NETWORK_ERROR", "INVALID_RESPONSE"].map((code) => exitCodeOf(code, undefined));
    const causes = ["bridge-off", "bridge-starting", "bridge-stopping"];
    assert.deepEqual([...codes, ...causes.map((cause) => exitCodeOf("KIRO_UNAVAILABLE", cause))], [2, 2, 2, 2, 2]);
  });

  it("is 3 if the bridge refuses, 4 after a timeout, and 1 for every other error of the bridge", () => {
    const special = { AUTHENTICATION_FAILED: 3, ACCESS_DENIED: 3, OPERATION_TIMEOUT: 4 };
    for (const code of errorCodes)
      assert.equal(
        exitCodeOf(code, "cli-missing"),
        Object.entries(special).find(([name]) => name === code)?.[1] ?? 1,
        code,
      );
  });

  it("is in the report, with a code for programs and a next step for people", () => {
    const error = new KiroBridgeError("ACCESS_DENIED", "No.", { context: { rule: "scope", scope: "terminal:open" } });
    const { exitCode, code, hint } = reportOf(error);
    assert.deepEqual([exitCode, code, hint], [3, "ACCESS_DENIED", "The token lacks the permission terminal:open."]);
    assert.equal(reportOf(usageFailure("Wrong.")).code, "USAGE");
    assert.equal(reportOf(new CliFailure(4, "Late.")).code, "TIMED_OUT");
    assert.deepEqual(reportOf(new Error("odd")), { exitCode: 1, code: "UNEXPECTED", message: "odd" });
  });
});

describe("The start of the command line", () => {
  it("does not read the library of WebSockets", () => {
    const root = join(import.meta.dirname, "../../../src/cli");
    const sources = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    const withText = (pattern: RegExp): string[] =>
      sources
        .filter((file) => pattern.test(readFileSync(join(root, file), "utf8")))
        .map((file) => file.replaceAll("\\", "/"));
    assert.deepEqual(withText(/from "ws"/), ["terminal/runTerminal.ts"]);
    assert.deepEqual(withText(/from "[^"]*runTerminal\.ts"/), []);
  });
});

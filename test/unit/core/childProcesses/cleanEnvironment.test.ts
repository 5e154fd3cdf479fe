import assert from "node:assert/strict";
import { cleanEnvironment } from "../../../../src/core/childProcesses/cleanEnvironment.ts";

describe("cleanEnvironment", () => {
  it("keeps what the CLI needs and drops what changes its output or belongs to the editor", () => {
    const kept = {
      HOME: "/h",
      PATH: "/p",
      HTTPS_PROXY: "http://p",
      no_proxy: "x",
      KIRO_API_KEY: "k",
      KIRO_HOME: "/k",
      TERM: "xterm",
    };
    const dropped = {
      NO_COLOR: "1",
      CLICOLOR: "0",
      FORCE_COLOR: "1",
      ELECTRON_RUN_AS_NODE: "1",
      NODE_OPTIONS: "--inspect",
      VSCODE_PID: "1",
      vscode_ipc: "x",
    };
    assert.deepEqual(cleanEnvironment({ ...kept, ...dropped, UNSET: undefined }), kept);
  });

  it("drops a terminal for which the CLI prints its prompt into the answer", () => {
    for (const TERM of ["dumb", "cons25", "emacs"]) assert.deepEqual(cleanEnvironment({ TERM }), {});
  });

  it("lets the program and the caller add anything, the caller last", () => {
    assert.deepEqual(cleanEnvironment({ NO_COLOR: "1" }, { NO_COLOR: "2", A: "1" }, { A: "2" }), {
      NO_COLOR: "2",
      A: "2",
    });
  });
});

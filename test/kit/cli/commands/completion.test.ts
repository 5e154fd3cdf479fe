import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CliBridge } from "../../../support/cli/cliBridge.ts";
import { cliBundle, removeCliBundle } from "../../../support/cli/cliBundle.ts";
import { CliProcess } from "../../../support/cli/cliProcess.ts";

function isInstalled(program: string): boolean {
  return spawnSync(program, ["--version"]).error === undefined;
}

describe("kiro-bridge completion", () => {
  let bridge: CliBridge;
  /** A folder with the command `kiro-bridge`. */
  let path: string;
  before(async () => {
    const nothing = (): string => "";
    const commands = { "test.format.all": nothing, "test.format.one": nothing, "test.odd $(id)": nothing };
    const elements = [{ name: "hook", kind: "webhook", enabled: false, url: "http://127.0.0.1:1" }];
    const settings = () => (key: string) => (key === "exports" ? elements : undefined);
    bridge = await CliBridge.start({ commands, settings });
    path = bridge.folder;
    const command = join(path, "kiro-bridge");
    await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${await cliBundle()}' "$@"\n`);
    await chmod(command, 0o700);
  });
  after(async () => {
    await bridge.dispose();
    await removeCliBundle();
  });

  /** The candidates for the last word. */
  async function candidates(...words: string[]): Promise<string[]> {
    const current = words.pop() ?? "";
    const { code, stdout, stderr } = await bridge.run(["__complete", `--current=${current}`, "--", ...words]);
    assert.deepEqual([code, stderr], [0, ""]);
    return stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => line.split("\t")[0] ?? "");
  }

  it("offers commands, their options and their choices", async () => {
    assert.deepEqual(await candidates("exe"), ["exec", "executions"]);
    assert.deepEqual(await candidates("exports", "dead-letters", "x", "--re"), ["--remove"]);
    assert.deepEqual(await candidates("executions", ""), ["list", "show", "help"]);
    assert.deepEqual(await candidates("exec", "x", "--par"), ["--params"]);
    assert.deepEqual(await candidates("status", "--js"), ["--json"]);
    assert.deepEqual(await candidates("executions", "list", "--status", "w"), ["waiting-input"]);
    assert.deepEqual(await candidates("executions", "list", "--status", "=", "w"), ["waiting-input"]);
    assert.deepEqual(await candidates("completion", "z"), ["zsh"]);
    assert.deepEqual(await candidates("ask", "x", "--schema", ""), [":files"]);
  });

  it("offers what the running editor has: commands, windows, executions, destinations", async () => {
    assert.deepEqual(await candidates("exec", "test.form"), ["test.format.all", "test.format.one"]);
    assert.deepEqual(await candidates("--json", "exec", "--timeout", "5s", "test.format.o"), ["test.format.one"]);
    assert.deepEqual(await candidates("exec", "test.echo", "--window", ""), ["window-1"]);
    const { json } = await bridge.bridge.execute({ command: "test.echo" });
    const { executionId } = json as { executionId: string };
    assert.deepEqual(await candidates("executions", "show", "exec-"), [executionId]);
    assert.deepEqual(await candidates("watch", "--execution", "exec-"), [executionId]);
    for (const name of ["test", "replay", "dead-letters"])
      assert.deepEqual(await candidates("exports", name, ""), ["hook"], name);
  });

  it("offers nothing that a shell could interpret", async () => {
    assert.deepEqual(await candidates("exec", "test.odd"), []);
  });

  it("offers nothing, in silence, where no bridge is", async () => {
    const run = await bridge.start(["__complete", "--current=", "--", "exec"], { env: { KIRO_BRIDGE_HOME: path } });
    assert.deepEqual(await run.ended, { code: 0, stdout: "", stderr: "" });
  });

  it("does not wait for a bridge that hangs", async () => {
    const sockets = new Set<{ destroy(): void }>();
    const hanging = createServer((socket) => sockets.add(socket.on("error", () => undefined)));
    await new Promise<void>((resolve) => hanging.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(hanging.address() as AddressInfo).port}`;
      const run = await bridge.start(["__complete", "--current=", "--url", url, "--", "exec"]);
      assert.deepEqual(await run.ended, { code: 0, stdout: "", stderr: "" });
      assert.equal(sockets.size, 1);
    } finally {
      for (const socket of sockets) socket.destroy();
      hanging.close();
    }
  });

  interface Shell {
    readonly program: string;
    readonly args: readonly string[];
    /** Completes `kiro-bridge exec test.form`, and prints the candidates. */
    readonly script: string;
  }

  const shells: readonly Shell[] = [
    {
      program: "bash",
      args: ["--norc", "-c"],
      script: `source <(kiro-bridge completion bash)
        COMP_WORDS=(kiro-bridge exec test.form) COMP_CWORD=2 COMP_LINE="kiro-bridge exec test.form" COMP_POINT=26
        _kiro_bridge; printf '%s\\n' "\${COMPREPLY[@]}"; complete -p kiro-bridge`,
    },
    {
      program: "zsh",
      args: ["-f", "-c"],
      script: `autoload -Uz compinit; compinit -D; source <(kiro-bridge completion zsh)
        _describe() { print -l \${(P)2}; }; words=(kiro-bridge exec test.form) CURRENT=3; _kiro_bridge`,
    },
    {
      program: "fish",
      args: ["--no-config", "-c"],
      script: "kiro-bridge completion fish | source; complete -C 'kiro-bridge exec test.form'",
    },
    {
      program: "pwsh",
      args: ["-NoProfile", "-Command"],
      script: `kiro-bridge completion powershell | Out-String | Invoke-Expression
        (TabExpansion2 'kiro-bridge exec test.form' 26).CompletionMatches.CompletionText`,
    },
  ];

  for (const { program, args, script } of shells) {
    it(`completes the commands of the editor in ${program}`, async function () {
      if (!isInstalled(program)) this.skip();
      const env = { ...bridge.env, PATH: `${path}:${process.env["PATH"]}` };
      const { stdout, stderr } = await CliProcess.program(program, [...args, script], { env }).ended;
      assert.equal(stderr, "");
      assert.match(stdout, /^test\.format\.all.*\ntest\.format\.one/);
    });
  }

  it("completes again after it was sourced a second time in bash", async () => {
    const script = `source <(kiro-bridge completion bash); source <(kiro-bridge completion bash)`;
    const env = { ...bridge.env, PATH: `${path}:${process.env["PATH"]}` };
    const { code, stderr } = await CliProcess.program("bash", ["--norc", "-c", script], { env }).ended;
    assert.deepEqual([code, stderr], [0, ""]);
  });
});

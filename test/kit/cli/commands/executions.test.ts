import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { fake } from "../../../fixtures/simulator/directive.ts";
import { CliBridge } from "../../../support/cli/cliBridge.ts";
import { removeCliBundle } from "../../../support/cli/cliBundle.ts";
import { until } from "../../../support/until.ts";

const QUIET = { code: 0, stderr: "" };

describe("The executions, sessions and terminals of the command line", () => {
  let bridge: CliBridge;
  const held = Promise.withResolvers<string>();
  before(async () => {
    bridge = await CliBridge.start({ commands: { "test.held": () => held.promise } });
    await bridge.bridge.execute({ command: "test.echo", args: ["needle \x1b[31mred"] });
    await bridge.bridge.execute({ command: "test.nothing" });
  });
  after(async () => {
    held.resolve("released");
    await bridge.dispose();
    await removeCliBundle();
  });

  async function asyncPrompt(session: string): Promise<string> {
    const body = { command: `Hold ${fake("hang", { words: 0 })}`, target: "cli", session };
    const { json } = await bridge.bridge.execute(body, { Prefer: "respond-async" });
    return (json as { executionId: string }).executionId;
  }

  async function statusOf(id: string): Promise<unknown> {
    const { json } = await bridge.bridge.call(`/api/kiro/executions/${id}`);
    return (json as { status: unknown }).status;
  }

  it("are listed newest first, for people", async () => {
    const { code, stdout } = await bridge.run(["executions"]);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^ID +STATUS +STARTED +TIME +COMMAND\nexec-\S+ +failed .*test\.nothing\nexec-\S+ +completed .*test\.echo needle \\x1b\[31mred\n/,
    );
  });

  it("are searched, filtered and limited, for programs", async () => {
    const list = async (...args: string[]): Promise<string[]> => {
      const { stdout } = await bridge.run(["executions", "list", "--json", ...args]);
      return JSON.parse(stdout).executions.map(({ command }: { command: string }) => command);
    };
    assert.deepEqual(await list("--search", "needle"), ["test.echo"]);
    assert.deepEqual(await list("--status", "failed"), ["test.nothing"]);
    assert.deepEqual(await list("--limit", "1"), ["test.nothing"]);
    assert.equal((await bridge.run(["executions", "list", "--status", "odd"])).code, 64);
    assert.equal((await bridge.run(["executions", "list", "--limit", "0"])).code, 64);
  });

  it("are shown one by one", async () => {
    const { stdout } = await bridge.run(["executions", "list", "--search", "needle", "--json"]);
    const [{ id }] = JSON.parse(stdout).executions;
    const shown = await bridge.run(["executions", "show", id]);
    assert.equal(shown.code, 0);
    assert.match(shown.stdout, new RegExp(`^id +${id}\n`));
    assert.match(shown.stdout, /\noutput\nneedle \\x1b\[31mred\n$/);
    const json = await bridge.run(["executions", "show", id, "--json"]);
    assert.equal(JSON.parse(json.stdout).output, "needle \x1b[31mred");
  });

  it("that do not exist are an error with the code of the bridge", async () => {
    const { code, stdout } = await bridge.run(["executions", "show", "exec-1-1-nobody", "--json"]);
    assert.equal(code, 1);
    assert.equal(JSON.parse(stdout).error.code, "NOT_FOUND");
  });

  it("are cancelled one by one, and all together", async () => {
    const [first, second, third] = await Promise.all(["a", "b", "c"].map(asyncPrompt));
    await until(async () => (await statusOf(first ?? "")) === "running");
    const one = await bridge.run(["cancel", first ?? ""]);
    assert.deepEqual([one.code, one.stdout], [0, `${first}: cancelled (cooperative)\n`]);
    const all = await bridge.run(["cancel", "--all", "--json"]);
    assert.equal(all.code, 0);
    const ids = JSON.parse(all.stdout).executions.map(({ executionId }: { executionId: string }) => executionId);
    assert.deepEqual(new Set(ids), new Set([second, third]));
    assert.deepEqual(
      await Promise.all([first, second, third].map((id) => statusOf(id ?? ""))),
      Array(3).fill("cancelled"),
    );
    assert.deepEqual(await bridge.run(["cancel", "--all"]), { code: 0, stdout: "", stderr: "Nothing is running.\n" });
  });

  it("that cannot be cancelled make the exit code 1", async () => {
    const { json } = await bridge.bridge.execute({ command: "test.held" }, { Prefer: "respond-async" });
    const { executionId } = json as { executionId: string };
    await until(async () => (await statusOf(executionId)) === "running");
    const { code, stdout } = await bridge.run(["cancel", executionId, "exec-1-1-nobody"]);
    assert.equal(code, 1);
    assert.match(stdout, /: cannot be cancelled, and goes on\nexec-1-1-nobody: .+\n$/);
  });

  it("have sessions, which are listed and closed", async () => {
    await bridge.bridge.call("/kiro/chat", { body: { prompt: "Hello", session: "mine" } });
    const list = await bridge.run(["sessions"]);
    assert.match(list.stdout, /^ID +NAME +STATE +TURNS +FOLDER\n(?:.*\n)*\S+ +mine +\w+ +1 +\//);
    const json = await bridge.run(["sessions", "list", "--json"]);
    const { id } = JSON.parse(json.stdout).sessions.find(({ name }: { name: string }) => name === "mine");
    assert.deepEqual(await bridge.run(["sessions", "close", "mine"]), { ...QUIET, stdout: `closed ${id}\n` });
    assert.equal((await bridge.run(["sessions", "close", "mine"])).code, 1);
  });

  it("have terminals, to which stdin goes and which end with it", async () => {
    const { code, stdout, stderr } = await bridge.run(["terminal"], { input: "hello \x1b[2J\n" });
    assert.deepEqual([code, stdout], [0, "you typed hello \\x1b[2J\n"]);
    assert.equal(stderr, "on branch main\n");
    const raw = await bridge.run(["terminal", "--raw", "--quiet"], { input: "\x1b[2J\n" });
    assert.equal(raw.stdout, "you typed \x1b[2J\n");
    const json = await bridge.run(["terminal", "--json"], { input: "x\n" });
    assert.deepEqual(
      json.stdout
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line).type),
      ["branch", "output", "exit"],
    );
  });

  it("end a terminal at Ctrl+C with 130, and with a wrong token with 3", async () => {
    const open = await bridge.start(["terminal"], { keepsInputOpen: true });
    await open.printed("on branch main");
    open.signal("SIGINT");
    assert.equal((await open.ended).code, 130);
    const wrong = await bridge.run(["terminal"], { env: { KIRO_BRIDGE_TOKEN: "wrong" } });
    assert.equal(wrong.code, 3);
    assert.match(wrong.stderr, /^error: /);
  });

  it("end a terminal with 4 or 2 whose handshake or refusal does not end", async () => {
    const env = { KIRO_BRIDGE_TOKEN: "given" };
    const silent = createServer((socket) => socket.resume());
    const endless = createServer((socket) => {
      socket.on("error", () => undefined).resume();
      socket.write(`HTTP/1.1 500 Error\r\nContent-Length: ${2 ** 40}\r\n\r\n${"x".repeat(1024 * 1024)}`);
    });
    for (const [server, expected, message] of [
      [silent, 4, /^error: The terminal was not opened within 30000 ms\.$/m],
      [endless, 2, /^error: The bridge has refused the terminal: HTTP 500\.$/m],
    ] as const) {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const { code, stderr } = await bridge.run(["terminal", "--url", url], { env }).finally(() => server.close());
      assert.equal(code, expected, stderr);
      assert.match(stderr, message);
    }
  });
});

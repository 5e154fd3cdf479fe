import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { publishEntry, withdrawEntry } from "../../src/windows/discovery.ts";
import { manual } from "../support/checks/manual.ts";
import { listenInCurl } from "../support/programs/curlCalls.ts";
import { portOf } from "../support/httpClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../support/testBridge.ts";
import { until } from "../support/until.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

/** The code blocks of one language in a file, or in the whole manual. */
function blocks(language: string, file?: string): string[] {
  const text = file === undefined ? manual : readFileSync(join(root, file), "utf8");
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter((match) => match[1] === language)
    .map((match) => match[2] ?? "");
}

describe("What README.md and docs/manual print", () => {
  const held = Promise.withResolvers<void>();
  let home: string;
  let bridge: TestBridge;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    home = await mkdtemp(join(tmpdir(), "kb-readme-"));
    bridge = await startTestBridge({
      commands: {
        "test.fails": () => {
          throw new Error("it broke");
        },
        "test.held": () => held.promise,
      },
    });
    bridge.editor.register("workbench.action.files.newUntitledFile", () => undefined);
    bridge.editor.register("vscode.open", () => undefined);
    await bridge.core.catalog.refresh();
    const entry = { version: "0.1.0", url: bridge.server.url, pid: process.pid, token: TEST_TOKEN, windows: [] };
    await publishEntry(join(home, ".kiro-bridge"), entry);
    const { KIRO_BRIDGE_HOME: _elsewhere, ...rest } = process.env;
    env = { ...rest, HOME: home, USERPROFILE: home };
  });

  after(async () => {
    await withdrawEntry(join(home, ".kiro-bridge"), { pid: process.pid, url: bridge.server.url });
    await bridge.dispose();
    await rm(home, { recursive: true, force: true });
  });

  it("works in a shell, line by line", async function () {
    if (process.platform === "win32") this.skip();
    const script = blocks("sh").join("\necho\n");
    assert.equal((script.match(/^(curl|bridge) /gm) ?? []).length, 7);
    const curl = await listenInCurl(home);
    const { stdout, stderr } = await run("sh", ["-e", "-c", script], { env: { ...env, PATH: curl.path } });
    assert.equal(stderr, "");
    const calls = await curl.calls();
    assert.equal(calls.length, 7);
    assert.ok(!calls.join("\n").includes(TEST_TOKEN), "every user of the machine can read the arguments of a program");
    assert.match(stdout, /"status":"healthy"/);
    assert.match(stdout, /^\{"status":"ready","cli":\{.*\},"queue":\{.*\},"windows":\[.*\]\}$/m);
    assert.doesNotMatch(stdout, /availableCommands/);
    assert.equal((stdout.match(/"success":true/g) ?? []).length, 4, stdout);
    assert.match(stdout, /^HTTP\/1\.1 202 Accepted[^]*^Location: \/api\/kiro\/pair\/[^]*"code":"/m);
  });

  it("works in Node", async () => {
    const [script = ""] = blocks("js", "docs/manual/first-request.md");
    const file = join(home, "first.mjs");
    await writeFile(file, script);
    const { stdout } = await run(process.execPath, [file], { env });
    assert.match(stdout, /^200 \{\s+success: true/);
  });

  it("works in the Command Prompt, whose quotes here mean the same in a shell", async function () {
    if (process.platform === "win32") this.skip();
    const [line = ""] = blocks("bat");
    const { host } = new URL(bridge.server.url);
    const ours = line.replace("curl.exe", "curl").replace("127.0.0.1:3001", host).replace("TOKEN", TEST_TOKEN);
    const { stdout } = await run("sh", ["-e", "-c", ours], { env });
    assert.match(stdout, /^\{"success":true,/);
  });

  for (const [name, program, language, file, args] of [
    ["PowerShell", "pwsh", "powershell", "first.ps1", ["-NoProfile", "-File"]],
    ["Dart", "dart", "dart", "first.dart", []],
  ] as const) {
    it(`works in ${name}, where it is installed`, async function () {
      const isInstalled = await run(program, ["--version"]).then(
        () => true,
        () => false,
      );
      if (!isInstalled) this.skip();
      const [script = ""] = blocks(language);
      await writeFile(join(home, file), script);
      const { stdout } = await run(program, [...args, join(home, file)], { env });
      assert.match(stdout, /success\W+true/i);
    });
  }

  it("asks the same in every language", () => {
    const samples = [
      blocks("sh").join(""),
      ...["powershell", "bat", "dart"].map((language) => blocks(language)[0] ?? ""),
    ];
    samples.push(blocks("js", "docs/manual/first-request.md")[0] ?? "");
    for (const sample of samples) {
      assert.match(sample, /\/api\/kiro\/execute\b/);
      assert.match(sample, /Authorization/);
      assert.match(sample, /Bearer /);
      assert.match(sample, /application\/json|ContentType\.json/);
      assert.match(sample, /command\W+workbench\.action\.files\.newUntitledFile/);
    }
  });

  it("sends the token to no program that listens in place of a bridge", async () => {
    const [script = ""] = blocks("js", "docs/manual/first-request.md");
    const file = join(home, "first.mjs");
    await writeFile(file, script);
    const requests: IncomingMessage[] = [];
    const stranger = createServer((request, response) => {
      requests.push(request);
      response.end(JSON.stringify({ status: "healthy", proof: "none" }));
    });
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    const entry = { version: "0.1.0", url: `http://127.0.0.1:${portOf(stranger)}`, token: TEST_TOKEN, windows: [] };
    const gone = Number(execFileSync(process.execPath, ["-p", "process.pid"]).toString());
    const elsewhere = join(home, "elsewhere");
    await mkdir(elsewhere);
    try {
      for (const [pid, error] of [
        [process.pid, /not the bridge/],
        [gone, /ESRCH/],
      ] as const) {
        await writeFile(join(elsewhere, "bridge.json"), JSON.stringify({ ...entry, pid }));
        await assert.rejects(run(process.execPath, [file], { env: { ...env, KIRO_BRIDGE_HOME: elsewhere } }), error);
      }
    } finally {
      stranger.closeAllConnections();
      stranger.close();
    }
    assert.deepEqual(
      requests.map(({ url, headers }) => [url?.split("?")[0], headers.authorization]),
      [["/health", undefined]],
    );
  });

  /** What the sample of the WebSocket prints while something happens. */
  async function watched(happen: () => Promise<unknown>): Promise<string> {
    const [script = ""] = blocks("js", "docs/manual/events.md");
    const file = join(home, "live.mjs");
    await writeFile(file, script);
    const printed = run(process.execPath, [file], { env });
    await until(() => bridge.core.clients.size > 0);
    await happen();
    const { stdout } = await printed;
    await until(() => bridge.core.clients.size === 0);
    return stdout;
  }

  it("shows events live", async () => {
    const stdout = await watched(() => bridge.execute({ command: "test.echo", args: ["hello"] }));
    assert.match(stdout, /^0 connection-ready .*\d+ command-started .*\d+ command-completed hello\n$/s);
  });

  it("ends when a command fails, and when one is cancelled", async () => {
    const failed = await watched(() => bridge.execute({ command: "test.fails" }));
    assert.match(failed, /\d+ command-error it broke\n$/);
    const cancelled = await watched(async () => {
      const submit = async () =>
        String((await bridge.execute({ command: "test.held" }, { Prefer: "respond-async" })).json["executionId"]);
      const ids = [await submit(), await submit(), await submit(), await submit()];
      await bridge.call(`/api/kiro/executions/${ids.at(-1)}/cancel`, { method: "POST" });
    });
    assert.match(cancelled, /\d+ command-cancelled \n$/);
    held.resolve();
    await until(() => bridge.core.executions.active.size === 0);
  });

  it("lets a page follow with tickets, across a lost connection, without gaps or duplicates", async () => {
    const [, script = ""] = blocks("js", "docs/manual/events.md");
    const file = join(home, "page.mjs");
    const start = `follow(${JSON.stringify(bridge.server.url)}, ${JSON.stringify(TEST_TOKEN)}, ({ output }) => console.log(output));\n`;
    await writeFile(file, `${script}${start}`);
    const page = spawn(process.execPath, ["--experimental-eventsource", file], { env });
    let printed = "";
    page.stdout.on("data", (chunk) => (printed += String(chunk)));
    try {
      const { clients } = bridge.core;
      const cutOff = async (): Promise<void> => {
        await until(() => clients.size === 1);
        clients.disconnect(clients.list().find(({ kind }) => kind === "sse")?.id ?? "");
        await until(() => clients.size === 0);
      };
      await until(() => clients.size === 1);
      await cutOff(); // Before the first event.
      for (const text of ["one", "two", "three"]) {
        await bridge.execute({ command: "test.echo", args: [text] });
        await until(() => printed.includes(text));
        await cutOff();
        await bridge.execute({ command: "test.echo", args: [`${text} while away`] });
      }
      await until(() => printed.includes("three while away"));
    } finally {
      page.kill();
    }
    const texts = ["one", "two", "three"].flatMap((text) => [text, `${text} while away`]);
    assert.deepEqual(printed.trim().split("\n"), texts);
  });

  it("shows an answer that has the fields of a real one", async () => {
    const printed: unknown = JSON.parse(blocks("json", "README.md")[0] ?? "");
    const { json } = await bridge.execute({ command: "workbench.action.files.newUntitledFile" });
    assert.deepEqual(Object.keys(printed ?? {}).toSorted(), Object.keys(json).toSorted());
  });
});

import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { publishEntry, withdrawEntry } from "../../src/windows/discovery.ts";
import { listenInCurl } from "../support/curlCalls.ts";
import { portOf } from "../support/httpClient.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../support/testBridge.ts";

const run = promisify(execFile);
const readme = await readFile(join(import.meta.dirname, "../../README.md"), "utf8");

/** The code blocks of one language. */
function blocks(language: string): string[] {
  return [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter((match) => match[1] === language)
    .map((match) => match[2] ?? "");
}

describe("What README.md prints for the first request", () => {
  let home: string;
  let bridge: TestBridge;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    home = await mkdtemp(join(tmpdir(), "kb-readme-"));
    bridge = await startTestBridge();
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
    assert.equal((script.match(/^(curl|bridge) /gm) ?? []).length, 5);
    const curl = await listenInCurl(home);
    const { stdout, stderr } = await run("sh", ["-e", "-c", script], { env: { ...env, PATH: curl.path } });
    assert.equal(stderr, "");
    const calls = await curl.calls();
    assert.equal(calls.length, 5);
    assert.ok(!calls.join("\n").includes(TEST_TOKEN), "every user of the machine can read the arguments of a program");
    assert.match(stdout, /"status":"healthy"/);
    assert.match(stdout, /"availableCommands":\[/);
    assert.equal((stdout.match(/"success":true/g) ?? []).length, 3, stdout);
  });

  it("works in Node", async () => {
    const [script = ""] = blocks("js");
    const file = join(home, "first.mjs");
    await writeFile(file, script);
    const { stdout } = await run(process.execPath, [file], { env });
    assert.match(stdout, /^200 \{\s+success: true/);
  });

  it("gives its token to nobody who listens where a bridge has been", async () => {
    const [script = ""] = blocks("js");
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

  it("shows what happens, live", async () => {
    const [, script = ""] = blocks("js");
    const file = join(home, "live.mjs");
    await writeFile(file, script);
    const printed = run(process.execPath, [file], { env });
    const connected = Promise.withResolvers<void>();
    bridge.core.clients.onDidChange(() => bridge.core.clients.size > 0 && connected.resolve());
    await connected.promise;
    await bridge.execute({ command: "test.echo", args: ["hello"] });
    const { stdout } = await printed;
    assert.match(stdout, /^0 connection-ready .*\d+ command-started .*\d+ command-completed hello\n$/s);
  });

  it("shows an answer that has the fields of a real one", async () => {
    const printed: unknown = JSON.parse(blocks("json")[0] ?? "");
    const { json } = await bridge.execute({ command: "workbench.action.files.newUntitledFile" });
    assert.deepEqual(Object.keys(printed ?? {}).toSorted(), Object.keys(json).toSorted());
  });
});

import assert from "node:assert/strict";
import * as vscode from "vscode";
import { askHealth, type Discovery, execute, waitForBridge } from "./support.ts";

interface Answer {
  readonly success: boolean;
  readonly output: string;
  readonly result?: unknown;
  readonly error?: string;
  readonly code?: string;
  readonly status: string;
}

describe("POST /api/kiro/execute", () => {
  let bridge: Discovery;
  const registered: vscode.Disposable[] = [];

  const register = (id: string, run: (...args: unknown[]) => unknown) =>
    registered.push(vscode.commands.registerCommand(id, run));

  async function run(request: object): Promise<Answer> {
    const { status, body } = await execute(bridge, request);
    assert.equal(status, 200, JSON.stringify(body));
    return body as Answer;
  }

  before(async () => {
    bridge = await waitForBridge();
    register("kiroBridgeTest.echo", (value) => value);
    register("kiroBridgeTest.args", (...args) => args);
    register("kiroBridgeTest.throws", () => {
      throw new RangeError("too far");
    });
    register("kiroBridgeTest.rejects", () => Promise.reject(new TypeError("not now")));
    register("kiroBridgeTest.never", () => new Promise(() => undefined));
  });

  afterEach(async () => assert.equal(await askHealth(bridge.url), "healthy"));

  after(() => {
    for (const command of registered) command.dispose();
  });

  it("opens an untitled file", async () => {
    const opened = new Promise<vscode.TextDocument>((resolve) => {
      const watching = vscode.window.onDidChangeActiveTextEditor((editor) => {
        if (editor?.document.isUntitled !== true) return;
        watching.dispose();
        resolve(editor.document);
      });
    });
    const { success } = await run({ command: "workbench.action.files.newUntitledFile" });
    assert.equal(success, true);
    const document = await opened;
    assert.equal(vscode.window.activeTextEditor?.document, document);
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
  });

  const cyclic: Record<string, unknown> = { name: "a" };
  cyclic["self"] = cyclic;
  const values: [string, unknown, string, unknown][] = [
    ["undefined", undefined, "", { $type: "Undefined" }],
    ["null", null, "null", null],
    ["false", false, "false", false],
    ["0", 0, "0", 0],
    ["an empty text", "", "", ""],
    [
      "a cycle",
      cyclic,
      '{"name":"a","self":{"$type":"Cycle","levelsUp":1}}',
      { name: "a", self: { $type: "Cycle", levelsUp: 1 } },
    ],
    ["a BigInt", 12n, '{"$type":"BigInt","value":"12"}', { $type: "BigInt", value: "12" }],
    ["a function", () => 1, '{"$type":"Function","name":""}', { $type: "Function", name: "" }],
  ];
  for (const [name, value, output, result] of values) {
    it(`returns ${name} with its type`, async () => {
      const command = vscode.commands.registerCommand("kiroBridgeTest.value", () => value);
      try {
        const answer = await run({ command: "kiroBridgeTest.value" });
        assert.deepEqual({ output: answer.output, result: answer.result }, { output, result });
        assert.equal(answer.success, true);
      } finally {
        command.dispose();
      }
    });
  }

  it("returns 1 MB completely", async () => {
    const text = "ä".repeat(512 * 1024);
    const { output } = await run({ command: "kiroBridgeTest.echo", args: [text] });
    assert.equal(output, text);
  });

  it("returns an editor's objects, sent as typed params", async () => {
    const params = [
      { $type: "Uri", value: "file:///tmp/a%20b.txt" },
      { $type: "Position", line: 1, character: 2 },
      { $type: "Range", start: { line: 1, character: 2 }, end: { line: 3, character: 4 } },
      { $type: "Selection", anchor: { line: 3, character: 4 }, active: { line: 1, character: 2 } },
      {
        $type: "Location",
        uri: "file:///tmp/b.txt",
        range: { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } },
      },
      7,
      null,
    ];
    const seen: unknown[] = [];
    register("kiroBridgeTest.seen", (...args) => void seen.push(...args));
    await run({ command: "kiroBridgeTest.seen", params });
    assert.ok(seen[0] instanceof vscode.Uri && seen[0].fsPath === "/tmp/a b.txt");
    assert.ok(seen[1] instanceof vscode.Position && seen[2] instanceof vscode.Range);
    assert.ok(seen[3] instanceof vscode.Selection && seen[4] instanceof vscode.Location);
    assert.deepEqual((await run({ command: "kiroBridgeTest.args", params })).result, params);
  });

  it("rejects a typed argument that cannot be constructed", async () => {
    for (const param of [{ $type: "Uri" }, { $type: "Spaceship" }, { $type: "Position", line: -1, character: 0 }]) {
      const { status, body } = await execute(bridge, { command: "kiroBridgeTest.echo", params: [param] });
      assert.equal(status, 400);
      assert.equal((body as Answer).code, "VALIDATION_FAILED");
    }
  });

  it("reports what a command threw or rejected with", async () => {
    const thrown = await run({ command: "kiroBridgeTest.throws" });
    assert.deepEqual([thrown.success, thrown.error, thrown.code], [false, "too far", "COMMAND_EXECUTION_FAILED"]);
    const rejected = await run({ command: "kiroBridgeTest.rejects" });
    assert.deepEqual([rejected.success, rejected.error, rejected.status], [false, "not now", "failed"]);
  });

  it("ends a command that never returns at its deadline", async () => {
    const { status, body } = await execute(bridge, { command: "kiroBridgeTest.never", timeoutMs: 50 });
    assert.equal(status, 408);
    assert.equal((body as Answer).code, "OPERATION_TIMEOUT");
    assert.equal((body as Answer).success, false);
  });

  it("reports an unknown command, with similar names", async () => {
    const { error, success } = await run({ command: "workbench.action.files.newUntitledFil" });
    assert.equal(success, false);
    assert.match(error ?? "", /^Command 'workbench\.action\.files\.newUntitledFil' not found\./);
    assert.match(error ?? "", /'workbench\.action\.files\.newUntitledFile'/);
  });

  it("finds a command that was registered a moment ago", async () => {
    register("kiroBridgeTest.late", () => "here");
    assert.equal((await run({ command: "kiroBridgeTest.late" })).output, "here");
  });

  it("does not run what the policy denies", async () => {
    const { status, body } = await execute(bridge, { command: "kiroBridge.copyToken" });
    assert.equal(status, 403);
    assert.equal((body as Answer).code, "ACCESS_DENIED");
  });

  it("accepts an open folder as workspacePath, and names the open ones otherwise", async () => {
    const open = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    assert.ok(open !== undefined);
    assert.equal((await run({ command: "kiroBridgeTest.echo", args: ["x"], workspacePath: open })).output, "x");
    const { status, body } = await execute(bridge, { command: "kiroBridgeTest.echo", workspacePath: "/" });
    assert.equal(status, 404);
    assert.ok(JSON.stringify(body).includes(open));
  });

  it("survives 1,000 requests at once", async () => {
    const statuses = await Promise.all(
      Array.from(
        { length: 1000 },
        async () => (await execute(bridge, { command: "kiroBridgeTest.echo", args: ["x"] })).status,
      ),
    );
    const counts = Object.groupBy(statuses, String);
    assert.deepEqual(
      Object.keys(counts).filter((status) => status !== "200" && status !== "429"),
      [],
    );
    assert.ok((counts["200"]?.length ?? 0) >= 100);
  });
});

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { readFile } from "node:fs/promises";
import { editorUser } from "../../../src/core/access/principal.ts";
import { type ClientSurroundings, startClientBridge } from "../../support/clients/clientBridge.ts";
import {
  chatEventShapes,
  differences,
  eventComponents,
  shapeOf,
  shapeOfSchema,
} from "../../support/clients/contractShapes.ts";
import { startWindows } from "../../support/clients/clientWindows.ts";

const run = promisify(execFile);
const folder = join(import.meta.dirname, "../../../clients/python");
const python = process.platform === "win32" ? "python" : "python3";
const OLDEST = [3, 9] as const;

/** Returns the version of Python, or undefined where there is none that the client supports. */
async function pythonVersion(): Promise<string | undefined> {
  const script = `import sys; print(".".join(map(str, sys.version_info[:3])) if sys.version_info >= (${OLDEST.join(", ")}) else "")`;
  const { stdout } = await run(python, ["-c", script]).catch(() => ({ stdout: "" }));
  return stdout.trim() === "" ? undefined : stdout.trim();
}

describe(`The Python client, where ${python} ${OLDEST.join(".")} or later is installed`, function () {
  this.timeout(240_000);
  let surroundings: ClientSurroundings | undefined;

  before(async function () {
    if ((await pythonVersion()) === undefined) this.skip();
  });
  afterEach(async () => {
    await surroundings?.dispose();
    surroundings = undefined;
  });

  const environment = (): NodeJS.ProcessEnv => {
    return { ...process.env, PYTHONPATH: "src", PYTHONDONTWRITEBYTECODE: "1", ...surroundings?.env };
  };

  /** Runs modules of its own tests. Warnings, such as those of sockets that were not closed, are errors. */
  async function passes(...modules: readonly string[]): Promise<void> {
    const args = ["-W", "error", "-m", "unittest", "-v", ...modules];
    const failed = (error: { stdout?: string; stderr?: string }) => assert.fail(`${error.stdout}\n${error.stderr}`);
    const { stderr } = await run(python, args, { cwd: folder, env: environment() }).catch(failed);
    assert.match(stderr, /\nRan \d\d? tests? in [^]*\nOK\n$/, stderr);
    assert.doesNotMatch(stderr, /skipped|Exception ignored/, stderr);
  }

  it("parses streams, recognizes repeated events, retries only what may be sent twice, and keeps the token secret", async () => {
    await passes("tests.test_parts", "tests.test_requests");
  });

  it("executes, chats, follows events, reads the token again and pairs, with a real bridge", async () => {
    surroundings = await startClientBridge();
    await passes("tests.test_bridge");
  });

  it("keeps its events, and runs nothing twice, when the bridge is killed and starts again", async () => {
    surroundings = await startWindows(["window"]);
    await passes("tests.test_restart");
  });

  it("receives each event once, and continues a chat, when another window takes over the address", async () => {
    surroundings = await startWindows(["a", "b", "c"]);
    await passes("tests.test_takeover");
  });

  it("works as its README prints", async () => {
    const readme = await readFile(join(folder, "README.md"), "utf8");
    const samples = [...readme.matchAll(/^```python\n(.*?)^```$/gms)].map(([, sample = ""]) => sample);
    const started = (surroundings = await startClientBridge());
    const { editor, core } = started.bridge;
    for (const id of ["workbench.action.files.newUntitledFile", "vscode.open"]) editor.register(id, () => undefined);
    await core.catalog.refresh();
    const { pairings } = core.access;
    pairings.onDidChange(() => {
      for (const { id } of pairings.pending) pairings.decide(id, { decision: "allow" }, editorUser);
    });
    const printed: string[] = [];
    for (const sample of samples) {
      const { stdout } = await run(python, ["-W", "error", "-c", sample], { cwd: folder, env: environment() });
      printed.push(stdout);
    }
    const expected = [
      /^True \d+ ms\n$/,
      /^Compare this code .*: \w{4}-\w{4}\n\['status:read', 'commands:run', 'agents:prompt'\]\n$/,
      /^hello\ncompleted later\n$/,
      /^Answer 1 to: Explain the last commit\.[^]*Answer 1 to: Review the last commit\.[^]*\n\d+ characters\n$/,
      /^$/,
      /^an event\n$/,
      /^VALIDATION_FAILED 400 False \{.*'field': 'command'.*\}\n$/,
    ];
    assert.equal(printed.length, expected.length);
    for (const [at, pattern] of expected.entries()) assert.match(printed[at] ?? "", pattern);
  });

  it("declares every field of the contract, with its type", async () => {
    const { stdout } = await run(python, ["-m", "tests.print_types"], { cwd: folder, env: environment() });
    const declared: Record<string, unknown> = JSON.parse(stdout);
    const chat = chatEventShapes();
    const compared: string[] = [];
    const problems = Object.entries(declared).flatMap(([name, schema]) => {
      const shape = shapeOfSchema(schema);
      const contract = shapeOf(name);
      if (contract !== undefined) {
        compared.push(name);
        return differences(shape, contract, name);
      }
      // An event of a chat: the name of the event is added as the type.
      const { type, ...fields } = shape.kind === "object" ? shape.fields : {};
      if (!name.startsWith("Chat") || type?.shape.kind !== "enum") return [];
      return type.shape.values.map(String).flatMap((event) => {
        compared.push(event);
        const contractOfEvent = event === "done" ? shapeOf("ChatResponse") : chat.get(event);
        return contractOfEvent === undefined ? [event] : differences({ kind: "object", fields }, contractOfEvent, name);
      });
    });
    assert.deepEqual(problems, []);
    for (const event of [...chat.keys(), "done"]) if (event !== "error") assert.ok(compared.includes(event), event);
    for (const name of eventComponents()) assert.ok(compared.includes(name), name);
    for (const name of ["ExecuteCommandResponse", "CommandExecution", "KiroStatusResponse", "WindowListing"])
      assert.ok(compared.includes(name), name);
  });

  it("has the version of the extension, and the syntax of the oldest Python that it supports", async () => {
    const script = `
import ast, pathlib, kiro_bridge
for path in [*pathlib.Path("src").rglob("*.py"), *pathlib.Path("tests").rglob("*.py")]:
    ast.parse(path.read_text("utf-8"), str(path), feature_version=(${OLDEST.join(", ")}))
print(kiro_bridge.__version__)
`;
    const { stdout } = await run(python, ["-c", script], { cwd: folder, env: environment() });
    const manifest: { version: string } = JSON.parse(await readFile(join(folder, "../../package.json"), "utf8"));
    assert.equal(stdout.trim(), manifest.version);
    const project = await readFile(join(folder, "pyproject.toml"), "utf8");
    assert.match(project, new RegExp(`requires-python = ">=${OLDEST.join("\\.")}"`));
    assert.match(project, new RegExp(`^version = "${manifest.version}"$`, "m"));
    assert.match(project, /^dependencies = \[\]$/m);
  });

  it("has no type errors under strict checks, where pyright is installed", async function () {
    const isInstalled = await run("pyright", ["--version"]).then(
      () => true,
      () => false,
    );
    if (!isInstalled) this.skip();
    const failed = (error: { stdout?: string }) => assert.fail(error.stdout);
    const { stdout } = await run("pyright", ["-p", "."], { cwd: folder }).catch(failed);
    assert.match(stdout, /^0 errors, 0 warnings/m);
  });
});

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { executeResponseSchema } from "../../../src/protocol/executions.ts";
import { FakeAgent } from "../../support/fakePorts.ts";
import { testOutput } from "../../support/editor/paths.ts";
import { docsBlock } from "../../support/exports/docsBlock.ts";
import { ExportingBridges } from "../../support/exports/exportingBridge.ts";
import { removeFolder } from "../../support/temporaryFolder.ts";
import { until } from "../../support/until.ts";

const secret = `whsec_${Buffer.alloc(32, 3).toString("base64")}`;
const question = { prompt: "Run it?", inputType: "choice" as const, choices: ["Yes", "No"], safeAnswer: "No" };

/** The receiver of docs/exports.md, as its readers start it. */
describe("The receiver of the guide", () => {
  let store: DisposableStore;
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  async function startReceiver(): Promise<{ readonly port: number; readonly lines: readonly string[] }> {
    // Within the repository, where it finds the package.
    await mkdir(testOutput, { recursive: true });
    const folder = await mkdtemp(join(testOutput, "receiver-"));
    store.defer(() => removeFolder(folder));
    await writeFile(join(folder, "receiver.mjs"), docsBlock("webhook-receiver"));
    const env = { ...process.env, WEBHOOK_SECRET: secret, PORT: "0" };
    const receiver = spawn(process.execPath, ["receiver.mjs"], {
      cwd: folder,
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    store.defer(async () => {
      receiver.kill("SIGKILL");
      if (receiver.exitCode === null && receiver.signalCode === null) await once(receiver, "exit");
    });
    let said = "";
    receiver.stdout.on("data", (chunk) => void (said += String(chunk)));
    await until(() => /^listening on \d+$/mu.test(said), "the receiver to listen");
    const [first = ""] = said.split("\n");
    return {
      port: Number(first.split(" ").at(-1)),
      get lines() {
        return said.split("\n").slice(1, -1);
      },
    };
  }

  it("verifies what the bridge sends, and answers its question", async () => {
    const receiver = await startReceiver();
    const bridges = store.add(await ExportingBridges.create());
    bridges.setSecret("team", secret);
    const url = `http://127.0.0.1:${receiver.port}/`;
    bridges.elements = [{ name: "team", kind: "webhook", url, content: "all", replies: true }];
    const agent = new FakeAgent();
    agent.turn = async (_task, context) => ({ kind: "completed", output: `It said ${await context.ask(question)}` });
    const bridge = await bridges.start({ agent });
    const asked = await bridge.execute({ command: "kiro.cli.chat", args: ["hi"] });
    const { executionId } = executeResponseSchema.parse(asked.json);
    await until(() => receiver.lines.length >= 2, "both events at the receiver");
    assert.deepEqual(receiver.lines, [
      `kiro_bridge.user_input_required ${executionId}`,
      `kiro_bridge.command_completed ${executionId}`,
    ]);
    const { json } = await bridge.call(`/api/kiro/executions/${executionId}`);
    assert.equal((json as { output: string }).output, "It said Yes");
  });
});

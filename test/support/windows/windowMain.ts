import { appendFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Emitter } from "../../../src/base/events.ts";
import type { Logger } from "../../../src/base/logger.ts";
import { composeBridge } from "../../../src/bridge/composeBridge.ts";
import type { WindowPort } from "../../../src/core/ports.ts";
import { Redactor } from "../../../src/core/privacy/redactor.ts";
import { fakeKiro } from "../fakeKiro.ts";
import { FakeAgent, FakeEditor } from "../fakePorts.ts";
import { type WindowOptions, windowOptionsSchema } from "./windowOptions.ts";

/** The window of a process: its folders and its focus. */
class ProcessWindow implements WindowPort {
  readonly isTrusted = true;
  readonly editorVersion = "1.110.0";
  readonly changed = new Emitter<void>();
  readonly onDidChange = this.changed.event;
  focusedAt: number | undefined;
  readonly #options: WindowOptions;

  constructor(options: WindowOptions) {
    this.#options = options;
    this.focusedAt = options.focusedAt;
  }

  others(): Promise<[]> {
    return Promise.resolve([]);
  }

  describe(): ReturnType<WindowPort["describe"]> {
    const { id, editor, folders } = this.#options;
    const { focusedAt } = this;
    return {
      id,
      pid: process.pid,
      editor,
      workspaceFolders: [...folders],
      ...(focusedAt !== undefined && { focusedAt }),
    };
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function tell(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

const write =
  (level: string): Logger["info"] =>
  (text, details) =>
    void process.stderr.write(`${level} ${text} ${JSON.stringify(details ?? {})}\n`);
const logger: Logger = { debug: () => undefined, info: write("info"), warn: write("warn"), error: write("error") };

/** One bridge in a process of its own, with a fake editor around it: a window without its pixels. */
async function main(): Promise<void> {
  const options = windowOptionsSchema.parse(JSON.parse(process.argv[2] ?? ""));
  const window = new ProcessWindow(options);
  const held = new Map<string, () => void>();
  const editor = new FakeEditor({
    "test.echo": (value) => value,
    "test.windowId": () => options.id,
    "test.append": async (file, text) => {
      await appendFile(textOf(file), `${textOf(text)} ${options.id}\n`);
      return options.id;
    },
    "test.hold": (name) => new Promise<void>((resolve) => held.set(textOf(name), resolve)),
    "test.release": (name) => held.get(textOf(name))?.(),
    ...Object.fromEntries(options.ownCommands.map((id) => [id, () => options.id])),
  });
  const values: Readonly<Record<string, unknown>> = { "api.port": options.port, ...options.settings };
  const opening = composeBridge(
    {
      editor,
      window,
      logger,
      redactor: new Redactor(),
      settings: () => (key) => values[key],
      token: () => options.token,
      version: "0.1.0",
      folders: { extension: options.extension, storage: options.storage, discovery: options.discovery },
    },
    { createKiro: () => fakeKiro({ agent: new FakeAgent() }) },
  );
  // Also keeps the process alive while the bridge waits for something.
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    void opening.then((bridge) => {
      if (line === "focus") {
        window.focusedAt = Date.now();
        window.changed.fire();
      }
      if (line === "reclaim") void bridge.address.reclaim();
      if (line === "cpu") tell({ type: "cpu", ...process.cpuUsage() });
      if (line === "end") void bridge.dispose().then(() => process.exit(0));
    });
  });
  lines.once("close", () => void opening.then((bridge) => bridge.dispose()).then(() => process.exit(0)));
  const bridge = await opening;
  const tellAddress = (): void => {
    const { url, port, role, note, canReclaim } = bridge.address;
    tell({ type: "address", url, port, role, note, canReclaim, windows: bridge.address.windows().length });
  };
  bridge.address.onDidChange(tellAddress);
  tellAddress();
  tell({ type: "ready" });
}

await main();

import { createInterface } from "node:readline";
import { Emitter } from "../../../src/base/events.ts";
import type { Logger } from "../../../src/base/logger.ts";
import { type ComposedBridge, composeBridge } from "../../../src/bridge/composeBridge.ts";
import type { WindowPort } from "../../../src/core/ports.ts";
import { Redactor } from "../../../src/core/privacy/redactor.ts";
import { processKiro } from "./processAgent.ts";
import { ProcessBus } from "./processBus.ts";
import { HeldWork, processEditor } from "./processEditor.ts";
import { type WindowOptions, windowOptionsSchema } from "./windowOptions.ts";

/** The window of a process: its folders and its focus. Each time that its bridge is switched on, it has another ID. */
class ProcessWindow implements WindowPort {
  readonly editorVersion = "1.110.0";
  readonly changed = new Emitter<void>();
  readonly onDidChange = this.changed.event;
  readonly isTrusted: boolean;
  readonly id: string;
  focusedAt: number | undefined;
  readonly #options: WindowOptions;

  constructor(options: WindowOptions, run: number) {
    this.#options = options;
    this.isTrusted = options.isTrusted;
    this.id = run === 1 ? options.id : `${options.id}-${run}`;
    this.focusedAt = options.focusedAt;
  }

  others(): Promise<[]> {
    return Promise.resolve([]);
  }

  describe(): ReturnType<WindowPort["describe"]> {
    const { editor, folders } = this.#options;
    const { id, focusedAt } = this;
    return {
      id,
      pid: process.pid,
      editor,
      workspaceFolders: [...folders],
      ...(focusedAt !== undefined && { focusedAt }),
    };
  }
}

function tell(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

const write =
  (level: string): Logger["info"] =>
  (text, details) =>
    void process.stderr.write(`${level} ${text} ${JSON.stringify(details ?? {})}\n`);
const logger: Logger = { debug: () => undefined, info: write("info"), warn: write("warn"), error: write("error") };

interface RunningWindow {
  readonly window: ProcessWindow;
  readonly bridge: ComposedBridge;
}

/** Switches a bridge on, with a fake editor around it. */
async function switchOn(options: WindowOptions, run: number, token: () => string): Promise<RunningWindow> {
  const window = new ProcessWindow(options, run);
  const held = new HeldWork();
  const { promise: whenOn, resolve } = Promise.withResolvers<ComposedBridge>();
  const bus = new ProcessBus(async () => {
    const { core } = await whenOn;
    return (await core.pluginBus.load()).bus.attach(`window-${window.id}`);
  });
  const editor = processEditor(held, { windowId: window.id, ownCommands: options.ownCommands, bus });
  const values: Readonly<Record<string, unknown>> = { "api.port": options.port, ...options.settings };
  const bridge = await composeBridge(
    {
      editor,
      window,
      logger,
      redactor: new Redactor(),
      settings: () => (key) => values[key],
      token,
      version: "0.1.0",
      folders: { extension: options.extension, storage: options.storage, discovery: options.discovery },
    },
    options.hasKiroCli ? {} : { createKiro: () => processKiro(held, window.id) },
  );
  resolve(bridge);
  const tellAddress = (): void => {
    const { url, port, role, note, canReclaim } = bridge.address;
    tell({ type: "address", url, port, role, note, canReclaim, windows: bridge.address.windows().length });
  };
  bridge.address.onDidChange(tellAddress);
  tellAddress();
  tell({ type: "ready", windowId: window.id });
  return { window, bridge };
}

/** A window without its pixels: one bridge at a time in a process of its own, as a test says. */
async function main(): Promise<void> {
  const options = windowOptionsSchema.parse(JSON.parse(process.argv[2] ?? ""));
  let { token } = options;
  let run = 0;
  let running: Promise<RunningWindow> | undefined;
  const on = (): void => void (running ??= switchOn(options, ++run, () => token));
  const off = async (): Promise<void> => {
    await (await running)?.bridge.dispose();
    running = undefined;
    tell({ type: "off" });
  };
  const orders: Record<string, (value: string) => unknown> = {
    on,
    off,
    focus: async () => {
      const { window } = (await running) ?? {};
      if (window === undefined) return;
      window.focusedAt = Date.now();
      window.changed.fire();
    },
    reclaim: async () => (await running)?.bridge.address.reclaim(),
    cpu: () => tell({ type: "cpu", ...process.cpuUsage() }),
    usage: () => tell({ type: "usage", ...usage() }),
    token: async (value) => {
      token = value;
      (await running)?.bridge.server.rotateToken(value);
    },
    end: async () => {
      await off();
      process.exit(0);
    },
  };
  // Keeps the process alive, as an editor does.
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    const [order = "", value = ""] = line.split(" ");
    void orders[order]?.(value);
  });
  lines.once("close", () => void off().then(() => process.exit(0)));
  if (!options.isOff) on();
  await running;
}

/** What the process holds, after a full garbage collection. */
function usage(): { readonly resources: Record<string, number>; readonly heapUsed: number } {
  globalThis.gc?.();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return { resources, heapUsed: process.memoryUsage().heapUsed };
}

await main();

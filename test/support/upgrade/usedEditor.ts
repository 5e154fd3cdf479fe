import { join } from "node:path";
import { FIRST_ANSWER, DESTINATION, ENGINE_ID } from "./traces.ts";
import { type Discovery, waitForDiscovery, waitForNoDiscovery } from "../editor/bridge.ts";
import { installCodeServer } from "../editor/codeServerInstall.ts";
import { EditorSession } from "../editor/editorSession.ts";
import { installVsix } from "../editor/editorServer.ts";
import type { EditorWindow } from "../editor/editorWindow.ts";
import { openAiChat } from "../models/forms/openAiChat.ts";
import { ModelServer } from "../models/modelServer.ts";
import { freePort } from "../programs/freePort.ts";

const START_DEADLINE_MS = 180_000;

/** The settings that earlier versions and this one are used with. A version ignores those that it does not know. */
function settingsOfUse(modelUrl: string, hookPort: number, hasSecrets: boolean): Readonly<Record<string, unknown>> {
  const auth = { kind: hasSecrets ? "secret" : "none" };
  const engine = { id: ENGINE_ID, wire: "openai-chat", baseUrl: `${modelUrl}/v1`, auth };
  const hook = { name: DESTINATION, kind: "webhook", url: `http://127.0.0.1:${hookPort}/hook`, signed: hasSecrets };
  return {
    "kiroBridge.cli.path": "simulator",
    "kiroBridge.engines": [{ ...engine, models: ["test-model"] }],
    "kiroBridge.exports": [hook],
  };
}

/** A real editor in which one version of the extension after the other is installed, as updates are. */
export class UsedEditor {
  readonly session: EditorSession;
  readonly model: ModelServer;
  /** The port of the webhook, where nothing listens at first. */
  readonly hookPort: number;
  readonly folder: string;
  #window: EditorWindow | undefined;

  private constructor(session: EditorSession, model: ModelServer, hookPort: number, folder: string) {
    this.session = session;
    this.model = model;
    this.hookPort = hookPort;
    this.folder = folder;
  }

  /**
   * Installs a version. No window is open yet.
   * @param hasSecrets true if the engine and the destination want secrets, which the user has to set
   */
  static async start(vsix: string, hasSecrets = false): Promise<UsedEditor> {
    const model = await ModelServer.start();
    model.otherwise = openAiChat({ text: FIRST_ANSWER });
    const hookPort = await freePort();
    const session = await EditorSession.start({
      install: await installCodeServer("newest"),
      vsix,
      userSettings: { "workbench.startupEditor": "none", "workbench.secondarySideBar.defaultVisibility": "hidden" },
      machineSettings: settingsOfUse(model.url, hookPort, hasSecrets),
    });
    return new UsedEditor(session, model, hookPort, await session.profile.createWorkspace("used"));
  }

  /** The open window. @throws Error if there is none */
  get window(): EditorWindow {
    if (this.#window === undefined) throw new Error("No window is open.");
    return this.#window;
  }

  /** The folder in which the bridges of this user find each other. */
  get home(): string {
    return this.session.profile.bridgeHome;
  }

  /** The storage folder of the extension. */
  get storage(): string {
    return join(this.session.profile.userData, "User", "globalStorage", "kiro-bridge.kiro-bridge");
  }

  /** Opens a window, and waits for its bridge. */
  async open(): Promise<Discovery> {
    this.#window = await this.session.openWindow({ folder: this.folder });
    return await waitForDiscovery(this.home, START_DEADLINE_MS);
  }

  /** Closes the window, and waits until its bridge has ended. */
  async close(): Promise<void> {
    await this.window.close();
    await waitForNoDiscovery(this.home, START_DEADLINE_MS);
  }

  /** Installs another version while a window is open, and reloads it, as the editor asks the user to. */
  async update(vsix: string): Promise<Discovery> {
    const { pid } = await waitForDiscovery(this.home, START_DEADLINE_MS);
    await installVsix(await installCodeServer("newest"), this.session.profile, vsix);
    await this.window.reload();
    return await waitForDiscovery(this.home, START_DEADLINE_MS, (found) => found.pid !== pid);
  }

  async end(): Promise<void> {
    await this.session.end();
    await this.model.dispose();
  }
}

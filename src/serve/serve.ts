import { resolve } from "node:path";
import { DisposableStore } from "../base/disposables.ts";
import type { Logger } from "../base/logger.ts";
import { maskedLogger } from "../core/privacy/maskedLogger.ts";
import { Redactor } from "../core/privacy/redactor.ts";
import { BridgeSwitch } from "../hosting/lifecycle/bridgeSwitch.ts";
import { SettingsFollower } from "../hosting/lifecycle/settingsFollower.ts";
import { messageOf } from "../protocol/errors.ts";
import { announcePairings } from "./announcePairings.ts";
import { composeServer, type ServerBridge, type ServerOptions } from "./composeServer.ts";
import { type LogFormat, type LogLevel, ServerLog } from "./log/serverLog.ts";
import { InvalidSettings, ServerSettings, type SettingsSources } from "./settings/serverSettings.ts";
import { followSignals } from "./signals.ts";

/** Time in milliseconds that running executions have to end. With 4 s for the rest, a stop takes 10 s at most. */
const DRAIN_MS = 6000;
const HOUR_MS = 60 * 60_000;

export interface ServeOptions
  extends Pick<ServerOptions, "workspaceFolders" | "folders" | "version" | "allowedPlugins"> {
  readonly sources: SettingsSources;
  readonly log: { readonly format: LogFormat; readonly level: LogLevel; readonly write: (line: string) => void };
  /** True if a terminal is at the standard input. */
  readonly hasTerminal: boolean;
  /** Called when the server listens, also after a restart. */
  readonly onReady: (ready: ReadyServer) => void;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
}

/** Facts about a server that is on, for its user. */
export interface ReadyServer {
  readonly url: string;
  /** The folder in which programs find the address. */
  readonly discoveryFolder: string;
  /** The way in for programs. */
  readonly access: "published-token" | "pairing" | "open";
  readonly note: string | undefined;
}

/** The end of a server. */
export type ServeEnd =
  | { readonly kind: "stopped" }
  | { readonly kind: "invalid"; readonly source: InvalidSettings["source"]; readonly reason: string }
  /** It could not start, or has lost its address. */
  | { readonly kind: "failed"; readonly reason: string };

/** Runs the bridge until a signal ends it. */
export async function serve(options: ServeOptions): Promise<ServeEnd> {
  const store = new DisposableStore();
  // Keeps the process alive while it seeks its address or stops: everything else that waits then lets it end.
  const alive = setInterval(() => undefined, HOUR_MS);
  store.defer(() => clearInterval(alive));
  try {
    const settings = store.add(await ServerSettings.read(options.sources));
    return await run(options, settings, store);
  } catch (error) {
    if (error instanceof InvalidSettings) return { kind: "invalid", source: error.source, reason: error.message };
    return { kind: "failed", reason: messageOf(error) };
  } finally {
    await store.dispose();
  }
}

async function run(options: ServeOptions, settings: ServerSettings, store: DisposableStore): Promise<ServeEnd> {
  const { folders, version, allowedPlugins, hasTerminal, exit } = options;
  const redactor = new Redactor();
  const log = new ServerLog(options.log);
  const logger = maskedLogger(log, redactor);
  const workspaceFolders = options.workspaceFolders.map((folder) => resolve(folder));
  const compose = { folders, version, allowedPlugins, workspaceFolders, redactor, logger: log };
  const { promise: ended, resolve: end } = Promise.withResolvers<ServeEnd>();
  // Disposed after the bridge, so that a second signal counts until the end.
  store.add(
    followSignals({
      onEnd: () => end({ kind: "stopped" }),
      onReload: () => {
        logger.info("SIGHUP was received; the configuration file is read");
        void settings.reload(logger);
      },
      hasTerminal,
      exit,
    }),
  );
  const toggle = new BridgeSwitch<ServerBridge>(
    () => composeServer({ ...compose, settings: () => settings.now() }),
    logger,
  );
  store.add(toggle);
  toggle.onDidChangeState((state) => {
    if (state.kind === "problem") end({ kind: "failed", reason: state.reason });
    if (state.kind === "on") ready(state.bridge, options, logger);
  });
  for (const warning of settings.warnings) logger.warn("A setting does nothing", { warning });
  store.add(followSettings(toggle, settings, logger));
  settings.watch(logger);
  void toggle.start();
  const result = await ended;
  if (result.kind === "stopped") await drain(toggle, logger);
  return result;
}

function followSettings(
  toggle: BridgeSwitch<ServerBridge>,
  { onDidChange }: ServerSettings,
  logger: Logger,
): SettingsFollower {
  const onWaiting = (): void => logger.info("Settings have changed; the bridge restarts when nothing runs any more");
  return new SettingsFollower({ toggle, onDidChange, onWaiting });
}

function ready(bridge: ServerBridge, { folders, onReady }: ServeOptions, logger: Logger): void {
  const { settings, url, note } = bridge;
  const guarded = settings["auth.discovery"] === "pair" ? "pairing" : "published-token";
  const access = settings["auth.mode"] === "none" ? "open" : guarded;
  announcePairings(bridge.access.pairings, logger);
  onReady({ url, discoveryFolder: folders.discovery, access, note });
}

async function drain({ bridge }: BridgeSwitch<ServerBridge>, logger: Logger): Promise<void> {
  if (bridge === undefined) return;
  logger.info("The bridge is stopping", { running: bridge.executions.active.size });
  await bridge.drain(DRAIN_MS);
}

import { resolve } from "node:path";
import { BridgeSwitch } from "../hosting/lifecycle/bridgeSwitch.ts";
import { composeServer, type ServerBridge, type ServerOptions } from "./composeServer.ts";

const HOUR_MS = 60 * 60_000;

export interface ServeOptions extends ServerOptions {
  /** Ends the server. */
  readonly signal: AbortSignal;
}

/** Runs the bridge until the signal is aborted. @throws Error if it cannot start, or loses its address */
export async function serve({ signal, ...options }: ServeOptions): Promise<void> {
  const workspaceFolders = options.workspaceFolders.map((folder) => resolve(folder));
  const toggle = new BridgeSwitch<ServerBridge>(() => composeServer({ ...options, workspaceFolders }), options.logger);
  const { promise: ended, resolve: end, reject } = Promise.withResolvers<void>();
  toggle.onDidChangeState((state) => {
    if (state.kind === "problem") reject(new Error(state.reason));
  });
  signal.addEventListener("abort", () => end(), { once: true });
  // Keeps the process alive while it seeks its address: everything else that waits then lets it end.
  const alive = setInterval(() => undefined, HOUR_MS);
  try {
    await toggle.start();
    await ended;
  } finally {
    await toggle.dispose();
    clearInterval(alive);
  }
}

import type { Logger } from "../base/logger.ts";
import { findPortOwner } from "../server/listen/portOwner.ts";
import type { RunningServer, ServerOptions } from "../server/startServer.ts";
import { readEntries } from "../windows/discovery.ts";
import type { Settings } from "./settingsTable.ts";

export interface ServerSettingsDeps {
  readonly settings: Settings;
  readonly token: string;
  /** Version of the extension. */
  readonly version: string;
  /** The discovery folder of this machine's bridges. */
  readonly discoveryFolder: string;
  readonly logger: Logger;
}

/** Derives the options of the server from the user's settings and the installation. */
export function serverSettings({ settings, token, version, discoveryFolder, logger }: ServerSettingsDeps) {
  const { maxRequestsPerMinute, ...access } = accessOf(settings);
  return {
    version,
    logger,
    guards: { ...access, token, publishesToken: settings["auth.discovery"] === "full" },
    limits: { maxBodyBytes: settings["api.maxBodyBytes"], maxRequestsPerMinute },
    listen: {
      port: settings["api.port"],
      host: settings["api.host"],
      portConflict: settings["api.portConflict"],
      receiveTimeoutMs: settings["api.receiveTimeoutMs"],
      describeOwner: async (port: number) => (await findPortOwner(port, await readEntries(discoveryFolder))).sentence,
    },
  } satisfies Omit<ServerOptions, "core" | "clients" | "modules">;
}

/** Returns the access settings for `RunningServer.reconfigure`. */
export function accessOf(settings: Settings): Parameters<RunningServer["reconfigure"]>[0] {
  return {
    authMode: settings["auth.mode"],
    allowedHosts: settings["api.allowedHosts"],
    allowedOrigins: settings["api.allowedOrigins"],
    maxRequestsPerMinute: settings["api.maxRequestsPerMinute"],
  };
}

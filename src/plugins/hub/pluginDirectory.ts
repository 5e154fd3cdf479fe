import type { Event } from "../../base/events.ts";
import type { PluginManifest } from "../manifest/pluginManifest.ts";

/**
 * The folder in which a plugin was found: of a trusted workspace, of the user, or named by a setting. `connected`: a
 * program that nobody starts here has taken the name on the bus.
 */
export type PluginOrigin = "workspace" | "user" | "setting" | "connected";

/**
 * `manual`: there is no process to start, and the program is not connected. `unapproved`: the user has not decided yet.
 * `denied`: the user has decided that it never starts. `restarting`: it has crashed and waits for its next start. `failed`:
 * it has crashed too often, and starts when the user says so.
 */
export type PluginState =
  | "manual"
  | "unapproved"
  | "denied"
  | "starting"
  | "running"
  | "restarting"
  | "failed"
  | "stopped";

/** Measured on the bus. */
interface PluginHealth {
  readonly status: "healthy" | "degraded" | "down";
  readonly latencyMs: number;
  /** From 0 to 1. */
  readonly errorRate: number;
}

/** One plugin of any window of the user. */
export interface PluginRecord {
  /** Unique among all windows. */
  readonly name: string;
  /** Undefined for a connected program without a manifest, as is `manifest`. */
  readonly version?: string | undefined;
  readonly manifest?: PluginManifest | undefined;
  readonly origin: PluginOrigin;
  /** The folder that has `.claude-plugin`. */
  readonly folder?: string | undefined;
  /** The window that has found it, and runs its process. */
  readonly windowId: string;
  readonly state: PluginState;
  /** A sentence about the state, for people. */
  readonly detail?: string | undefined;
  readonly health?: PluginHealth | undefined;
}

/** The plugins of all windows, as known in this one. */
export interface PluginDirectory {
  /** In the order of their names. */
  plugins(): readonly PluginRecord[];
  /** Fires when `plugins()` has changed. */
  readonly onDidChange: Event<void>;
}

const approved: readonly PluginState[] = ["starting", "running", "restarting", "failed", "stopped"];

/** Returns false for a plugin that the user has not approved, or of which there is nothing to approve. */
export function isApproved({ state }: PluginRecord): boolean {
  return approved.includes(state);
}

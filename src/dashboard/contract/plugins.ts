import * as z from "zod";

const nothing = z.strictObject({}).optional();
const letter = z.strictObject({ id: z.string().min(1).max(300) });

/** The methods of the Plugins page. */
export const pluginMethods = {
  plugins: nothing,
  /** Delivers a dead letter to its consumer again. */
  resendDeadLetter: letter,
  /** Forgets a dead letter, after a confirmation. */
  removeDeadLetter: letter,
  /** Starts a plugin of this window, after the user has approved it. */
  startPlugin: z.strictObject({ name: z.string().min(1).max(64) }),
} as const;

/** The plugins of all windows and their bus, as the window with the address knows them. */
export interface PluginsView {
  /** Absent until something uses the bus. */
  readonly bus?: BusView;
  /** In the order of their names. */
  readonly plugins: readonly PluginView[];
  /** The busiest first. */
  readonly topics: readonly TopicView[];
  /** The newest first. */
  readonly decisions: readonly DecisionView[];
  readonly deadLetters: {
    /** Of all, of which only the newest are listed. */
    readonly count: number;
    readonly letters: readonly DeadLetterView[];
  };
}

export interface BusView {
  readonly transport: "embedded" | "nats";
  /** A problem of the transport, for people. */
  readonly problem?: string | undefined;
  readonly participants: number;
  readonly published: number;
  readonly delivered: number;
  /** Dropped because a subscriber was too slow. */
  readonly lost: number;
  readonly expired: number;
  readonly requests: number;
  readonly failedRequests: number;
}

export interface PluginView {
  readonly name: string;
  readonly version?: string | undefined;
  readonly origin: "workspace" | "user" | "setting" | "connected";
  readonly windowId: string;
  readonly state: "manual" | "unapproved" | "denied" | "starting" | "running" | "restarting" | "failed" | "stopped";
  /** A sentence about the state. */
  readonly detail?: string | undefined;
  readonly health?: PluginHealthView | undefined;
  readonly calls?: { readonly total: number; readonly failed: number } | undefined;
  readonly circuit?: CircuitView | undefined;
  readonly shared?: SharedStateView | undefined;
}

interface PluginHealthView {
  readonly status: "healthy" | "degraded" | "down";
  readonly latencyMs: number;
  /** From 0 to 1. */
  readonly errorRate: number;
}

/** The last transition that a plugin has published. */
export interface CircuitView {
  readonly state: "closed" | "open" | "half_open";
  readonly failures: number;
  /** ISO time. */
  readonly since: string;
}

interface SharedStateView {
  readonly registers: number;
  readonly counters: number;
  readonly sets: number;
  readonly exports: readonly string[];
  readonly bytes: number;
}

export interface TopicView {
  readonly topic: string;
  readonly perSecond: number;
  readonly published: number;
  readonly delivered: number;
}

/** One decision of the router, or a fallback to another plugin. */
export interface DecisionView {
  readonly id: string;
  /** ISO time. */
  readonly at: string;
  /** The beginning of the request. */
  readonly text: string;
  readonly plugin: string;
  readonly score?: number | undefined;
  readonly reasons: readonly string[];
  readonly fallbacks: readonly string[];
}

export interface DeadLetterView {
  readonly id: string;
  /** ISO time. */
  readonly at: string;
  readonly topic: string;
  readonly source: string;
  /** The plugin that did not acknowledge it. */
  readonly consumer: string;
  readonly deliveries: number;
  readonly error: string;
}

export interface PluginResults {
  plugins: PluginsView;
  removeDeadLetter: { readonly isRemoved: boolean };
}

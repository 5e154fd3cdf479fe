import { hash } from "node:crypto";
import { canonicalJson } from "../../../base/canonicalJson.ts";
import { methodsOf, subscriptionsOf, topicsOf } from "../../manifest/declarations.ts";
import type { PluginManifest } from "../../manifest/pluginManifest.ts";
import { commandLineOf } from "../process/pluginCommand.ts";
import { pluginScopes } from "../process/pluginScopes.ts";

/** The answers of the user, which outlive the window. */
export interface ApprovalStore {
  get(key: string): unknown;
  set(key: string, value: unknown): PromiseLike<void>;
}

/** A question to the user before a plugin starts for the first time. */
export interface ApprovalRequest {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  readonly commandLine: string;
  /** The names of the environment variables that the manifest sets. */
  readonly variables: readonly string[];
  readonly topics: readonly string[];
  readonly subscriptions: readonly string[];
  readonly methods: readonly string[];
  /** True if the user has allowed something else of this plugin before. */
  readonly isChanged: boolean;
}

/** `never`: also after changes, until the user approves it. Undefined: the user closed the question, as `not-now`. */
export type ApprovalAnswer = "allow" | "not-now" | "never" | undefined;

export type Approval = "allowed" | "denied" | "open";

/**
 * The user's decisions on which plugins may run. One decision is for one plugin in one folder, in one version, and for all
 * that its manifest lets it do: what is run, and with which permissions.
 */
export class Approvals {
  readonly #store: ApprovalStore;

  constructor(store: ApprovalStore) {
    this.#store = store;
  }

  of(folder: string, manifest: PluginManifest): Approval {
    const stored = this.#store.get(keyOf(folder, manifest));
    if (stored === "never") return "denied";
    return stored === digestOf(folder, manifest) ? "allowed" : "open";
  }

  /** Describes a plugin for the question. */
  request(folder: string, manifest: PluginManifest): ApprovalRequest {
    const stored = this.#store.get(keyOf(folder, manifest));
    return {
      name: manifest.name,
      version: manifest.version,
      folder,
      commandLine: commandLineOf(manifest),
      variables: Object.keys(manifest.env ?? {}),
      topics: topicsOf(manifest).map(({ topic }) => topic),
      subscriptions: subscriptionsOf(manifest).map(({ topic }) => topic),
      methods: methodsOf(manifest).map(({ name }) => name),
      isChanged: stored !== undefined && stored !== "never",
    };
  }

  /** Stores an answer. */
  async decide(folder: string, manifest: PluginManifest, answer: ApprovalAnswer): Promise<void> {
    if (answer === "allow") await this.#store.set(keyOf(folder, manifest), digestOf(folder, manifest));
    if (answer === "never") await this.#store.set(keyOf(folder, manifest), "never");
  }
}

function keyOf(folder: string, { name }: PluginManifest): string {
  return `kiroBridge.plugin.${digest([folder, name])}`;
}

/** Changes with the version and with all that the plugin may do, and not with its description or its routing. */
function digestOf(folder: string, manifest: PluginManifest): string {
  const { name, version, main, command, args, env } = manifest;
  const scopes = pluginScopes(manifest).toSorted();
  const methods = methodsOf(manifest).map((method) => method.name);
  return digest([folder, name, version, main, command, args, env, scopes, methods]);
}

function digest(value: readonly unknown[]): string {
  return hash("sha256", canonicalJson(value.map((item) => item ?? null)), "hex");
}

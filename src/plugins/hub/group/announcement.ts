import * as z from "zod";
import { pluginManifestSchema } from "../../manifest/pluginManifest.ts";
import { methodsOf } from "../../manifest/declarations.ts";
import type { PluginRecord } from "../pluginDirectory.ts";

/** The participant of the bridge in each window: no client can have its name. */
export const BRIDGE = "kiro-bridge";
export const ANNOUNCE_TOPIC = "plugins/announce";
export const LIST_TOPIC = "plugins/list";
export const CHANGED_TOPIC = "plugins/changed";

const recordSchema = z.looseObject({
  name: z.string(),
  version: z.string().optional(),
  manifest: pluginManifestSchema.optional(),
  origin: z.enum(["workspace", "user", "setting", "connected"]),
  windowId: z.string(),
  state: z.enum(["manual", "unapproved", "denied", "starting", "running", "restarting", "failed", "stopped"]),
  detail: z.string().optional(),
});

/** One plugin of a window, and the names of all of them. A message for each, because manifests may be large. */
const announcementSchema = z.object({
  windowId: z.string(),
  names: z.array(z.string()).max(10_000),
  plugin: recordSchema.optional(),
  /** True for a window that does not know the others: they announce theirs as well. */
  asks: z.boolean(),
});

export type Announcement = z.infer<typeof announcementSchema>;

/** @returns undefined for what another version may send */
export function readAnnouncement(payload: unknown): Announcement | undefined {
  return announcementSchema.safeParse(payload).data;
}

/**
 * Returns a record as other windows and subscribers may see it: without what the plugin runs, and without its environment,
 * which may contain secrets.
 */
export function publicRecord({ folder: _folder, manifest, ...record }: PluginRecord): PluginRecord {
  if (manifest === undefined) return record;
  const { main: _main, command: _command, args: _args, env: _env, ...rest } = manifest;
  return { ...record, manifest: rest };
}

/** Returns a plugin in the response to `plugins/list`. */
export function listedPlugin({ name, version, origin, state, detail, windowId, manifest, health }: PluginRecord) {
  const methods = manifest === undefined ? [] : methodsOf(manifest).map((method) => method.name);
  return { name, version, origin, state, detail, windowId, methods, capabilities: manifest?.capabilities, health };
}

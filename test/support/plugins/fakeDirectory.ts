import { Emitter } from "../../../src/base/events.ts";
import type { PluginDirectory, PluginRecord } from "../../../src/plugins/hub/pluginDirectory.ts";
import { type PluginManifest, pluginManifestSchema } from "../../../src/plugins/manifest/pluginManifest.ts";

/** A list of running plugins. */
export class FakeDirectory implements PluginDirectory {
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  #plugins: readonly PluginRecord[] = [];

  plugins(): readonly PluginRecord[] {
    return this.#plugins;
  }

  records(): readonly PluginRecord[] {
    return this.#plugins;
  }

  /** Adds a plugin, with the rest of its manifest. */
  add(name: string, manifest?: Omit<PluginManifest, "name" | "version">, record: Partial<PluginRecord> = {}): void {
    const read = manifest && pluginManifestSchema.parse({ name, version: "1.0.0", ...manifest });
    const added: PluginRecord = { name, manifest: read, origin: "user", windowId: "w", state: "running", ...record };
    this.#plugins = [...this.#plugins, added];
    this.#changed.fire();
  }

  remove(name: string): void {
    this.#plugins = this.#plugins.filter((plugin) => plugin.name !== name);
    this.#changed.fire();
  }
}

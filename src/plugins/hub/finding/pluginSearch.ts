import { readdir, realpath, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { ManifestReading } from "../../manifest/parseManifest.ts";
import { manifestPath, readManifest } from "../../manifest/readManifest.ts";
import type { PluginOrigin } from "../pluginDirectory.ts";

/** The most plugins of one folder, so that a huge folder does not stop the window. */
const MAX_IN_FOLDER = 100;

/** The places of plugins. Those that do not exist are watched for. */
export interface PluginPlaces {
  /** `~/.kiro-bridge/plugins`: the plugins of the user, in folders of their own. */
  readonly userFolder: string;
  /** Named by the setting: folders of a plugin, or of plugins. Relative ones are skipped. */
  configured(): readonly string[];
  /** The folders of the workspace; none while it is not trusted. Each may be a plugin, and have more in `plugins/`. */
  workspace(): readonly string[];
}

export interface FoundPlugin {
  /** Its real path. */
  readonly folder: string;
  readonly origin: Exclude<PluginOrigin, "connected">;
  readonly reading: ManifestReading;
}

export interface PluginFindings {
  /** Plugins of the user come first, those of the workspace last: the first one of a name gets it. */
  readonly plugins: readonly FoundPlugin[];
  /** The folders whose changes may change the findings. */
  readonly watched: readonly string[];
}

interface Candidate {
  readonly folder: string;
  readonly origin: FoundPlugin["origin"];
}

/** Finds the plugins of all places. Keeps what it has read while the file is the same. */
export class PluginSearch {
  readonly #places: PluginPlaces;
  #read: ReadonlyMap<string, { readonly stamp: string; readonly reading: ManifestReading }> = new Map();

  constructor(places: PluginPlaces) {
    this.#places = places;
  }

  async find(): Promise<PluginFindings> {
    const roots = this.#roots();
    const candidates: Candidate[] = [];
    for (const { folder, origin, isPlugin } of roots) {
      if (isPlugin) candidates.push({ folder, origin });
      for (const name of await foldersIn(folder)) candidates.push({ folder: join(folder, name), origin });
    }
    const found = new Map<string, FoundPlugin>();
    const read = new Map<string, { readonly stamp: string; readonly reading: ManifestReading }>();
    for (const { folder, origin } of candidates) {
      const real = await realpath(folder).catch(() => undefined);
      if (real === undefined || found.has(real)) continue;
      const stamp = await stampOf(manifestPath(real));
      if (stamp === undefined) continue;
      const known = this.#read.get(real);
      const reading = known?.stamp === stamp ? known.reading : await readManifest(real);
      if (reading === undefined) continue;
      // One that is not valid may become so by another file, its `main`.
      if (reading.kind === "valid") read.set(real, { stamp, reading });
      found.set(real, { folder: real, origin, reading });
    }
    this.#read = read;
    const plugins = [...found.values()];
    const manifests = plugins.map(({ folder }) => join(folder, ".claude-plugin"));
    return { plugins, watched: [...new Set([...roots.map(({ folder }) => folder), ...manifests])] };
  }

  #roots(): (Candidate & { readonly isPlugin: boolean })[] {
    const places = this.#places;
    return [
      { folder: places.userFolder, origin: "user", isPlugin: false },
      ...places
        .configured()
        .filter((folder) => isAbsolute(folder))
        .map((folder) => ({ folder, origin: "setting" as const, isPlugin: true })),
      ...places.workspace().flatMap((folder) => [
        { folder: join(folder, "plugins"), origin: "workspace" as const, isPlugin: false },
        { folder, origin: "workspace" as const, isPlugin: true },
      ]),
    ];
  }
}

/** Links to folders count as folders. */
async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.name.startsWith(".") && (entry.isDirectory() || entry.isSymbolicLink()))
    .slice(0, MAX_IN_FOLDER)
    .map(({ name }) => name)
    .toSorted();
}

async function stampOf(path: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch {
    return undefined;
  }
}

import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository: what the development form of the extension is loaded from. */
export const repositoryRoot = fileURLToPath(new URL("../../..", import.meta.url)).replace(/[\\/]$/, "");

/** The packed extension, as `npm run package` leaves it. `KIRO_BRIDGE_VSIX` names another one to test. */
export const vsixPath = process.env["KIRO_BRIDGE_VSIX"] ?? join(repositoryRoot, "dist", "kiro-bridge.vsix");

/** What test runs leave behind to be looked at: bundles, reports, screenshots. */
export const testOutput = join(repositoryRoot, "dist", "test");

/** Identity of our extension: `publisher.name` of package.json. */
export const extensionId = "kiro-bridge.kiro-bridge";

/** Where editors are kept between runs; about 1.2 GB when full. `KIRO_BRIDGE_EDITOR_CACHE` moves it. */
export function editorCache(): string {
  return process.env["KIRO_BRIDGE_EDITOR_CACHE"] ?? join(repositoryRoot, ".editor");
}

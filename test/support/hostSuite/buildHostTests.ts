import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HostRunRequest } from "./hostRunRequest.ts";
import { repositoryRoot, testOutput } from "../editor/paths.ts";
import { writeDriver } from "./writeDriver.ts";

/** The folder of the driver: an extension with no other use than to carry the tests into the host. */
export const driverFolder = join(testOutput, "driver");

/** The module whose `run()` the editor calls. */
export const testsEntry = join(driverFolder, "index.cjs");

/** Bundles the in-host tests into a fresh driver extension. The extension under test is not part of it. */
export async function buildHostTests(request: HostRunRequest): Promise<void> {
  const source = join(repositoryRoot, "test", "host");
  const tests = (await readdir(source, { recursive: true })).filter((file) => file.endsWith(".test.ts"));
  await writeDriver(driverFolder, "test-driver", {
    entryPoints: [fileURLToPath(new URL("index.ts", import.meta.url)), ...tests.map((file) => join(source, file))],
    external: ["vscode", "mocha"],
    sourcemap: "inline",
  });
  await writeFile(join(driverFolder, "request.json"), JSON.stringify(request));
}

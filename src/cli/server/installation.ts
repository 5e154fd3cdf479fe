import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type * as library from "../../serve/serveLibrary.ts";
import { CliFailure, exitCodes } from "../exitCodes.ts";

/** The bundle of the bridge needs it. */
const MIN_NODE = 22;

/** The server, which is next to the command line in the npm package. */
export const installation = join(dirname(fileURLToPath(import.meta.url)), "server");

/** Loads the bridge on first use. @throws CliFailure if this Node is too old */
export function loadServer(): typeof library {
  if (Number.parseInt(process.versions.node) < MIN_NODE)
    throw new CliFailure(
      exitCodes.failed.code,
      `The server needs Node ${MIN_NODE} or later, and this is Node ${process.versions.node}.`,
      "Install a newer Node, or run the container image.",
    );
  return createRequire(import.meta.url)(join(installation, "dist", "serve.cjs"));
}

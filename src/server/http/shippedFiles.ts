import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BridgeError } from "../../protocol/errors.ts";

/**
 * Reads a file of the build.
 * @param missing the message of the error
 * @throws BridgeError NOT_FOUND if the build has omitted the file
 */
export async function readShipped(folder: string, name: string, missing: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, name));
  } catch {
    throw new BridgeError("NOT_FOUND", missing);
  }
}

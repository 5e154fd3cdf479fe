import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { discoveryFolder } from "../../client/discovery/entries.ts";
import { nodeParts } from "../../client/discovery/node.ts";
import { objectOf } from "../../client/http/failure.ts";
import { type BridgeChoice, locate } from "../connection/connect.ts";

/**
 * Returns the choice with the token that a server keeps for its operator, if it publishes none (docs/decisions/serve.md).
 * Only the commands that manage access read it.
 */
export async function withOperatorToken(choice: BridgeChoice): Promise<BridgeChoice> {
  if (choice.token !== undefined) return choice;
  const { url, entry } = await locate(choice);
  if (entry === undefined || entry.token !== undefined) return choice;
  const path = join(discoveryFolder(nodeParts()), "server", `operator-${entry.pid}.json`);
  const token = objectOf(await readFile(path, "utf8").catch(() => ""))?.["token"];
  return typeof token === "string" ? { ...choice, url, operatorToken: token } : choice;
}

import type { ExtensionContext } from "vscode";
import type { Logger } from "../../base/logger.ts";
import { discoveryFolder } from "../../windows/bridgeEntry.ts";
import { TokenFile } from "../../windows/tokenFile.ts";
import { TokenStore } from "./token.ts";

/** The one token store of a window, on the folder in which bridges are found. */
export function createTokenStore({ secrets }: Pick<ExtensionContext, "secrets">, logger: Logger): TokenStore {
  return new TokenStore({ file: new TokenFile(discoveryFolder(process.env)), secrets, logger });
}

import type { ExtensionContext } from "vscode";
import type { Logger } from "../../base/logger.ts";
import { discoveryFolder } from "../../windows/bridgeEntry.ts";
import { TokenFile } from "../../windows/tokenFile.ts";
import { TokenStore } from "../../hosting/tokens/ownerTokens.ts";

/** Creates the token store of a window, in the discovery folder. */
export function createTokenStore({ secrets }: Pick<ExtensionContext, "secrets">, logger: Logger): TokenStore {
  return new TokenStore({ file: new TokenFile(discoveryFolder(process.env)), secrets, logger });
}

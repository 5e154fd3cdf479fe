import { KiroBridgeClient } from "../../client/index.ts";
import type { GrantedScope, Role } from "../../protocol/access.ts";
import type { Cli } from "../cli.ts";
import { plainLine } from "../output/plainText.ts";
import { clientOptions } from "./connect.ts";

interface TokenWish {
  readonly url: string;
  /** The version of this program. */
  readonly version: string;
  /** The name of the program that gets the token, for the user. */
  readonly name: string;
  readonly permissions: { readonly role: Role } | { readonly scopes: GrantedScope[] };
  readonly reason?: string | undefined;
}

/** Asks the user of the editor for a token. @throws KiroBridgeError if it is denied, or nobody decides */
export async function askForToken(
  { out, interrupts }: Pick<Cli, "out" | "interrupts">,
  { url, version, name, permissions, reason }: TokenWish,
): Promise<string> {
  const client = await KiroBridgeClient.pair({
    ...clientOptions({ version }),
    baseUrl: url,
    name,
    ...permissions,
    ...(reason !== undefined && { reason }),
    signal: interrupts.signal,
    onCode: (code, expiresAt) => {
      if (out.isJson) out.jsonLine({ status: "pending", code, expiresAt });
      const { bold } = out.noteStyle;
      out.note(`Allow ${bold(plainLine(name))} in the editor, if it shows the code ${bold(plainLine(code))}.`);
      out.progress("waiting for the decision in the editor");
    },
  });
  out.endProgress();
  return client.token ?? "";
}

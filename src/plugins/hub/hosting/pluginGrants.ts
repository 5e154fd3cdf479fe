import type { AccessStore } from "../../../access/accessStore.ts";
import { editorUser } from "../../../core/access/principal.ts";
import type { GrantedScope } from "../../../protocol/access.ts";
import type { PluginGrant } from "../process/supervisedPlugin.ts";
import type { PluginClaims } from "./pluginClaims.ts";

/**
 * Lets the process of a plugin in, by the list of clients that all windows share: whichever window owns the address knows
 * the token. The claim of the plugin has the ID, so that another window can revoke it when this one has crashed.
 */
export async function grantPlugin(
  deps: { readonly store: Pick<AccessStore, "create" | "revoke">; readonly claims: Pick<PluginClaims, "note"> },
  name: string,
  scopes: readonly GrantedScope[],
): Promise<PluginGrant> {
  const { client, token } = await deps.store.create({ name, kind: "plugin", scopes, by: editorUser });
  await deps.claims.note(name, client.id);
  return {
    token,
    revoke: async () => {
      await deps.store.revoke(client.id, editorUser);
      await deps.claims.note(name, undefined);
    },
  };
}

import { BridgeError } from "../../protocol/errors.ts";

const ENDPOINT = /^plugin:\/\/([a-z0-9][a-z0-9-]{0,63})\/rpc$/;
const LONGEST_QUOTE = 200;

/** Returns the plugin of an endpoint `plugin://<name>/rpc`. @throws BridgeError VALIDATION_FAILED */
export function pluginOf(endpoint: string): string {
  const name = ENDPOINT.exec(endpoint)?.[1];
  if (name !== undefined) return name;
  const quoted = endpoint.slice(0, LONGEST_QUOTE);
  throw new BridgeError("VALIDATION_FAILED", `'${quoted}' is not an RPC endpoint: expected plugin://<name>/rpc`);
}

/** Returns the topic on which a plugin receives calls. */
export function rpcTopicOf(plugin: string): string {
  return `plugin/${plugin}/rpc`;
}

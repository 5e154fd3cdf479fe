import Anthropic, { type ClientOptions } from "@anthropic-ai/sdk";
import type { GatewayBridge } from "./startGatewayBridge.ts";

/** Creates the SDK's client of a bridge, which repeats nothing unless the options say so. */
export function anthropicClient({ origin, client }: GatewayBridge, options: ClientOptions = {}): Anthropic {
  return new Anthropic({ baseURL: origin, apiKey: client.token, maxRetries: 0, ...options });
}

/** Returns the text of a message. */
export function textOf({ content }: { readonly content: readonly { readonly type: string }[] }): string {
  return content.map((block) => ("text" in block && typeof block.text === "string" ? block.text : "")).join("");
}

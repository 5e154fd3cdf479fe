import { BridgeError } from "../../protocol/errors.ts";
import type { Dialect } from "./errorBodies.ts";
import type { GatewaySettings } from "./settings.ts";

const names: Readonly<Record<Dialect, string>> = { openai: "OpenAI", anthropic: "Anthropic", mcp: "MCP" };

/** @throws BridgeError NOT_FOUND with the name of the setting by which the user has switched a gateway off */
export function assertEnabled(gateway: Dialect, settings: GatewaySettings): void {
  const setting = `gateways.${gateway}.enabled` as const;
  if (settings[setting]) return;
  const message = `The ${names[gateway]} gateway is switched off by the setting kiroBridge.${setting}.`;
  throw new BridgeError("NOT_FOUND", message, { vendorCode: "gateway_disabled", setting: `kiroBridge.${setting}` });
}

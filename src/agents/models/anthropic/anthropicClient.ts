import { Anthropic } from "@anthropic-ai/sdk/client";
import { MAX_TIMER_MS } from "../../../base/deadline.ts";
import type { EngineSettings } from "../../engines/engineSettings.ts";
import { urlBelow } from "../../../core/network/urlBelow.ts";
import type { Vendor } from "../http/vendor.ts";
import { withoutVariable } from "../http/withoutVariable.ts";

const DEFAULT_BASE_URL = "https://api.anthropic.com";

/**
 * Creates the official client of an engine. Key, deadlines and bounds are those of the vendor. Nothing comes from the
 * environment, which may be meant for another server.
 */
export function anthropicClient({ baseUrl = DEFAULT_BASE_URL }: EngineSettings, vendor: Vendor): Anthropic {
  const options = {
    baseURL: baseOf(baseUrl),
    // The client wants one, which `Vendor` replaces.
    apiKey: "none",
    webhookKey: null,
    maxRetries: 0,
    timeout: MAX_TIMER_MS,
    logLevel: "off" as const,
    openTelemetry: false as const,
    fetch: vendor.fetch,
  };
  return withoutVariable("ANTHROPIC_CUSTOM_HEADERS", () => new Anthropic(options));
}

/** The paths of the client begin with `/v1`, which a base URL may have as well. */
function baseOf(baseUrl: string): string {
  const url = urlBelow(baseUrl);
  if (url.pathname.endsWith("/v1")) url.pathname = url.pathname.slice(0, -"/v1".length);
  return url.toString();
}

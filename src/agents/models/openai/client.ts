import { AzureOpenAI } from "openai/azure";
import { OpenAI } from "openai/client";
import { MAX_TIMER_MS } from "../../../base/deadline.ts";
import type { EngineSettings } from "../../engines/engineSettings.ts";
import type { Vendor } from "../http/vendor.ts";
import { withoutVariable } from "../http/withoutVariable.ts";

const DEFAULT_BASE_URL = "https://api.openai.com/v1";

/**
 * Creates the official client of an engine, for Azure by deployments if the engine has an `apiVersion`. Key, deadlines and
 * bounds are those of the vendor. Nothing comes from the environment, which may be meant for another server.
 */
export function openAiClient(settings: EngineSettings, vendor: Vendor): OpenAI {
  const { apiVersion, baseUrl = DEFAULT_BASE_URL } = settings;
  const options = {
    baseURL: baseUrl,
    // The client wants one, which `Vendor` replaces.
    apiKey: "none",
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    timeout: MAX_TIMER_MS,
    logLevel: "off" as const,
    fetch: vendor.fetch,
    // Deadlines are the vendor's part, so what the client would say of them is wrong.
    defaultHeaders: { "x-stainless-timeout": null },
  };
  return withoutVariable("OPENAI_CUSTOM_HEADERS", () =>
    apiVersion === undefined
      ? new OpenAI(options)
      : new AzureOpenAI({ ...options, apiVersion, baseURL: azureBaseOf(baseUrl) }),
  );
}

/** Returns the base URL below which Azure has its deployments. The portal shows the one of the resource. */
function azureBaseOf(baseUrl: string): string {
  const url = new URL(baseUrl);
  const names = url.pathname.split("/").filter((name) => name !== "");
  url.pathname = (names.includes("openai") ? names : [...names, "openai"]).join("/");
  return url.toString();
}

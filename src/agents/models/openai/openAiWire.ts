import type { OpenAI } from "openai/client";
import type { StepEvent, StepRequest } from "../../../core/models/step.ts";
import type { EngineSettings } from "../../engines/engineSettings.ts";
import { Vendor, type VendorOptions } from "../http/vendor.ts";
import type { ModelWire } from "../wire.ts";
import { openAiClient } from "./client.ts";
import { embed } from "./embed.ts";
import { listModels } from "./listModels.ts";
import { pass } from "./pass.ts";
import { ServerTraits } from "./serverTraits.ts";

/** Parts that both wires of OpenAI use. */
export interface WireDeps {
  readonly client: OpenAI;
  readonly vendor: Vendor;
  readonly settings: EngineSettings;
  readonly traits: ServerTraits;
}

/** Creates a wire with everything that both of OpenAI's protocols have in common. */
export function openAiWire(
  options: VendorOptions,
  stream: (deps: WireDeps, request: StepRequest, signal: AbortSignal) => AsyncIterable<StepEvent>,
): ModelWire {
  const { settings } = options;
  const vendor = new Vendor(options);
  const deps = { client: openAiClient(settings, vendor), vendor, settings, traits: new ServerTraits(settings.baseUrl) };
  return {
    stream: (request, signal) => stream(deps, request, signal),
    listModels: async (signal) => await listModels(deps, signal),
    embed: async (request, signal) => await embed(deps, request, signal),
    pass: async (call, signal) => await pass(deps, call, signal),
  };
}

import type { WireId } from "../../core/models/step.ts";
import type { EditorModels } from "../engines/ports.ts";
import { createAnthropic } from "./anthropic/createAnthropic.ts";
import { createEditorWire } from "./editor/editorWire.ts";
import type { VendorOptions } from "./http/vendor.ts";
import { createOpenAiChat } from "./openai/chat/openAiChat.ts";
import { createOpenAiResponses } from "./openai/responses/openAiResponses.ts";
import type { ModelWire } from "./wire.ts";

interface WireOptions extends VendorOptions {
  readonly editorModels: EditorModels;
}

const creators: Readonly<Record<WireId, (options: WireOptions) => ModelWire>> = {
  "openai-chat": createOpenAiChat,
  "openai-responses": createOpenAiResponses,
  anthropic: createAnthropic,
  "vscode-lm": ({ editorModels }) => createEditorWire(editorModels),
};

/** Creates the way to the models of an engine. */
export function createWire(options: WireOptions): ModelWire {
  return creators[options.settings.wire](options);
}

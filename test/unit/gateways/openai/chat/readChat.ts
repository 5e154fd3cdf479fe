import { type ChatReading, readChat } from "../../../../../src/gateways/openai/chat/chatTurn.ts";
import { isBridgeError } from "../../../../../src/protocol/errors.ts";

const defaults: ChatReading = { enforcesMaxTokens: false, ids: { find: () => undefined } };

/** Reads a body that has a model and a message, if it has none of its own. */
export function read(body: object, reading: Partial<ChatReading> = {}) {
  return readChat({ model: "kiro", messages: [{ role: "user", content: "Hi" }], ...body }, { ...defaults, ...reading });
}

/** Returns why a body is refused: the field, and the sentence for the caller. */
export function refusal(body: object): { readonly field: unknown; readonly message: string } | undefined {
  try {
    read(body);
    return undefined;
  } catch (error) {
    if (!isBridgeError(error) || error.code !== "VALIDATION_FAILED") throw error;
    return { field: error.context?.["field"], message: error.message };
  }
}

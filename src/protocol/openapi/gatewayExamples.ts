export const RESPONSE_ID = "resp_1f0a2b3c4d5e6f708192a3b4c5d6e7f8";

const messages = [{ role: "user", content: "Hello" }];
export const chatRequest = { model: "kiro", messages };
export const chatAnswer = {
  id: "chatcmpl_1f0a2b3c4d5e6f708192a3b4c5d6e7f8",
  object: "chat.completion",
  created: 1_795_000_000,
  model: "kiro",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello!" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 6, total_tokens: 9, kiro: { estimated: true } },
};
export const responseRequest = { model: "kiro", input: "Hello" };
export const responseAnswer = {
  id: RESPONSE_ID,
  object: "response",
  created_at: 1_795_000_000,
  status: "completed",
  model: "kiro",
  output: [
    {
      type: "message",
      id: `msg_${RESPONSE_ID.slice(5)}`,
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "Hello!", annotations: [] }],
    },
  ],
};
export const messageRequest = { model: "kiro", max_tokens: 1024, messages };
export const messageAnswer = {
  id: "msg_1f0a2b3c4d5e6f708192a3b4c5d6e7f8",
  type: "message",
  role: "assistant",
  model: "kiro",
  content: [{ type: "text", text: "Hello!" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 6 },
};

export const openAiModel = { id: "kiro", object: "model", created: 0, owned_by: "kiro" };
export const anthropicModel = { type: "model", id: "kiro", display_name: "Kiro", created_at: "1970-01-01T00:00:00Z" };

export const embeddingRequest = { model: "openai/text-embedding-3-small", input: ["Hello."], encoding_format: "float" };
export const embeddingAnswer = {
  object: "list",
  data: [{ object: "embedding", index: 0, embedding: [0.0023, -0.0093] }],
  model: "text-embedding-3-small",
  usage: { prompt_tokens: 2, total_tokens: 2 },
};

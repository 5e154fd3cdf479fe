/** The protocols by which a model is reached. */
export const wires = ["openai-chat", "openai-responses", "anthropic", "vscode-lm"] as const;

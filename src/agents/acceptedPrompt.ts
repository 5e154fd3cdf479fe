import type { ReadyAgent } from "../core/commands/turnInput.ts";
import type { HeldTurn } from "../core/executions/heldTurn.ts";
import type { Agent } from "./agent.ts";
import type { Prompt } from "./prompt.ts";

/**
 * Returns what to send to a ready agent, and tells the gateway that it will be sent.
 * @throws BridgeError VALIDATION_FAILED if the agent cannot take it; whatever the gateway throws
 */
export function acceptedPrompt(input: string | HeldTurn, agent: Agent, ready: Omit<ReadyAgent, "takesTools">): Prompt {
  if (typeof input === "string") return input;
  const prompt = { content: () => input.contentFor(ready.isNewConversation), tools: input.tools };
  agent.assertTakes(prompt);
  input.tellReady({ ...ready, takesTools: agent.takesTools });
  return prompt;
}

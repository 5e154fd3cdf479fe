const PROMPT = /^kiro\.(?:cli|engines\.(?<engine>[^.]+))\.chat$/;
const KIRO_CLI = "Kiro CLI";

/** Returns the agent that a command prompts, `Kiro CLI` or the ID of an engine; undefined for other commands. */
export function agentPromptedBy(command: string): string | undefined {
  const prompt = PROMPT.exec(command);
  return prompt === null ? undefined : (prompt.groups?.["engine"] ?? KIRO_CLI);
}

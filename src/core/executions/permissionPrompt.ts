const LONGEST_TEXT = 2000;

/** The use of a tool that the user is asked about. */
export interface ToolUse {
  /** The name of the agent. */
  readonly agent: string;
  readonly title: string;
  readonly kind?: string | undefined;
  /** The input of the tool, such as a command line. */
  readonly input?: string | undefined;
}

/** Returns the question whether an agent may use a tool, as plain text: what would run, and its input, both shortened. */
export function permissionPrompt({ agent, title, kind, input }: ToolUse): string {
  const head = `${agent} asks for permission: ${shortened(title)}${kind === undefined ? "" : ` (${kind})`}`;
  return printable(input === undefined ? head : `${head}\n${shortened(input)}`);
}

/** Keeps both ends, so that nothing can be put behind what is shown. */
function shortened(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  const half = LONGEST_TEXT / 2;
  const left = `… (${text.length - LONGEST_TEXT} of ${text.length} characters are left out) …`;
  return `${text.slice(0, half).toWellFormed()}${left}${text.slice(-half).toWellFormed()}`;
}

/** Removes control and bidirectional characters, which could hide in a terminal what is being allowed. */
function printable(prompt: string): string {
  return prompt.replace(/(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu, "\ufffd");
}

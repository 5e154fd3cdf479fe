/** What the user lets the CLI do without a question, and how it shall work. */
export interface CliFlagOptions {
  /** Names or categories (`read`, `grep` …) that are trusted; an empty list trusts none. Undefined: the CLI's own default. */
  readonly trustTools?: readonly string[];
  /** Only by the user's own, machine-scoped setting (docs/kiro-cli.md#m23): every tool, every command, without a question. */
  readonly trustsAllTools?: boolean;
  readonly agent?: string;
  readonly model?: string;
}

/** The flags that `acp` and `chat` have in common (docs/kiro-cli.md#31-what-it-is, #51-flags-input-login). */
export function cliFlags({ trustTools, trustsAllTools, agent, model }: CliFlagOptions): string[] {
  return [
    ...(trustsAllTools === true ? ["--trust-all-tools"] : []),
    ...(trustTools !== undefined && trustsAllTools !== true ? [`--trust-tools=${trustTools.join(",")}`] : []),
    ...(agent === undefined || agent === "" ? [] : ["--agent", agent]),
    ...(model === undefined || model === "" ? [] : ["--model", model]),
  ];
}

/** Options of the CLI: trusted tools, agent and model. */
export interface CliFlagOptions {
  /** Trusted tool names or categories (`read`, `grep` …); an empty list trusts none, undefined is the CLI's default. */
  readonly trustTools?: readonly string[];
  /**
   * Trusts every tool and every command without a question. Only set by the user's own, machine-scoped setting
   * (docs/kiro-cli.md#m23).
   */
  readonly trustsAllTools?: boolean;
  readonly agent?: string;
  readonly model?: string;
}

/** Returns the flags that `acp` and `chat` have in common (docs/kiro-cli.md#31-what-it-is, #51-flags-input-login). */
export function cliFlags({ trustTools, trustsAllTools, agent, model }: CliFlagOptions): string[] {
  return [
    ...(trustsAllTools === true ? ["--trust-all-tools"] : []),
    ...(trustTools !== undefined && trustsAllTools !== true ? [`--trust-tools=${trustTools.join(",")}`] : []),
    ...(agent === undefined || agent === "" ? [] : ["--agent", agent]),
    ...(model === undefined || model === "" ? [] : ["--model", model]),
  ];
}

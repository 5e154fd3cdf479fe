/** Facts beside a log line. Never a token, a prompt, an argument or file content. */
export type LogFacts = Readonly<Record<string, string | number | boolean | undefined>>;

/** What the rooms log to: constant text, plus facts. VS Code's `LogOutputChannel` fits it. */
export interface Logger {
  debug(text: string, facts?: LogFacts): void;
  info(text: string, facts?: LogFacts): void;
  warn(text: string, facts?: LogFacts): void;
  error(text: string, facts?: LogFacts): void;
}

/** For tests and benchmarks that do not look at the log. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

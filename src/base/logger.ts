/** Structured data of a log line. Never contains a token, a prompt, an argument or file content. */
export type LogFacts = Readonly<Record<string, string | number | boolean | undefined>>;

/** The logger of all layers: a constant text plus structured data. VS Code's `LogOutputChannel` implements it. */
export interface Logger {
  /** Number of VS Code's `LogLevel`. Undefined if lines of all levels are logged. */
  readonly logLevel?: number;
  debug(text: string, facts?: LogFacts): void;
  info(text: string, facts?: LogFacts): void;
  warn(text: string, facts?: LogFacts): void;
  error(text: string, facts?: LogFacts): void;
}

/** A logger for tests and benchmarks that ignore the log. */
export const silentLogger: Logger = {
  logLevel: 0,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

import type { LogFacts, Logger } from "../../base/logger.ts";

const logFormats = ["text", "json"] as const;
export type LogFormat = (typeof logFormats)[number];

const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

/** `Debug` of VS Code's `LogLevel`; the others follow in this order. */
const DEBUG = 2;

export interface ServerLogOptions {
  readonly format: LogFormat;
  readonly level: LogLevel;
  /** Takes a line with its end. */
  readonly write: (line: string) => void;
  /** Returns epoch milliseconds. */
  readonly now?: () => number;
}

/** The log of the server: one line for each message. It masks nothing: wrap it with `maskedLogger`. */
export class ServerLog implements Logger {
  readonly #options: ServerLogOptions;

  constructor(options: ServerLogOptions) {
    this.#options = options;
  }

  get logLevel(): number {
    return DEBUG + logLevels.indexOf(this.#options.level);
  }

  debug(text: string, facts?: LogFacts): void {
    this.#line("debug", text, facts);
  }

  info(text: string, facts?: LogFacts): void {
    this.#line("info", text, facts);
  }

  warn(text: string, facts?: LogFacts): void {
    this.#line("warn", text, facts);
  }

  error(text: string, facts?: LogFacts): void {
    this.#line("error", text, facts);
  }

  #line(level: LogLevel, message: string, facts: LogFacts = {}): void {
    const { format, write, now = Date.now } = this.#options;
    if (logLevels.indexOf(level) < logLevels.indexOf(this.#options.level)) return;
    const time = new Date(now()).toISOString();
    const known = Object.entries(facts).filter(([, fact]) => fact !== undefined);
    if (format === "json") {
      const fields = known.length === 0 ? {} : { fields: Object.fromEntries(known) };
      write(`${JSON.stringify({ time, level, message, ...fields })}\n`);
      return;
    }
    const words = known.map(([name, fact]) => `${name}=${shown(fact)}`);
    write(`${[time, level.toUpperCase().padEnd(5), onOneLine(message), ...words].join(" ")}\n`);
  }
}

/** Returns a value as one word, or in quotation marks. */
function shown(fact: LogFacts[string]): string {
  const text = String(fact);
  return /^[\w./:@%+,-]+$/.test(text) ? text : onOneLine(JSON.stringify(text));
}

/** Replaces control characters, which could move the cursor of a terminal. */
function onOneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (char) => `\\x${(char.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}`);
}

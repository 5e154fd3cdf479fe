import type { LogFacts, Logger } from "../../base/logger.ts";
import type { Redactor } from "./redactor.ts";

/** `Off` and `Debug` of VS Code's `LogLevel`. */
const OFF = 0;
const DEBUG = 2;

/** Returns a logger whose lines contain no secrets, wherever a message comes from. What the level omits is not masked. */
export function maskedLogger(logger: Logger, { text: mask }: Pick<Redactor, "text">): Logger {
  return {
    debug: (text, facts) => {
      if (logsDebug(logger)) logger.debug(mask(text), maskFacts(facts, mask));
    },
    info: (text, facts) => logger.info(mask(text), maskFacts(facts, mask)),
    warn: (text, facts) => logger.warn(mask(text), maskFacts(facts, mask)),
    error: (text, facts) => logger.error(mask(text), maskFacts(facts, mask)),
  };
}

/** Reads the level for each line, because the user may change it at any time. */
function logsDebug({ logLevel = DEBUG }: Logger): boolean {
  return logLevel !== OFF && logLevel <= DEBUG;
}

function maskFacts(facts: LogFacts | undefined, mask: (text: string) => string): LogFacts | undefined {
  if (facts === undefined) return undefined;
  const masked = Object.entries(facts).map(([name, fact]) => [name, typeof fact === "string" ? mask(fact) : fact]);
  return Object.fromEntries(masked);
}

import type { LogFacts, Logger } from "../../base/logger.ts";
import type { Redactor } from "./redactor.ts";

/** Returns a logger whose lines contain no secrets, wherever a message comes from. */
export function maskedLogger(logger: Logger, { text: mask }: Pick<Redactor, "text">): Logger {
  return {
    debug: (text, facts) => logger.debug(mask(text), maskFacts(facts, mask)),
    info: (text, facts) => logger.info(mask(text), maskFacts(facts, mask)),
    warn: (text, facts) => logger.warn(mask(text), maskFacts(facts, mask)),
    error: (text, facts) => logger.error(mask(text), maskFacts(facts, mask)),
  };
}

function maskFacts(facts: LogFacts | undefined, mask: (text: string) => string): LogFacts | undefined {
  if (facts === undefined) return undefined;
  const masked = Object.entries(facts).map(([name, fact]) => [name, typeof fact === "string" ? mask(fact) : fact]);
  return Object.fromEntries(masked);
}

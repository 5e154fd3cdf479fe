import type { Plain } from "./placeholders.ts";

/** Metrics whose values depend on the machine or on the moment. */
const MEASURED = /seconds|bytes|_events_|_clients/;

/** The metrics by name, so that a new one is an additional field. */
export function readMetrics(text: string): Plain {
  const metrics: Record<string, { [key: string]: Plain }> = {};
  for (const line of text.split("\n").filter((line) => line !== "")) {
    const [, kind = "", name = "", rest = ""] =
      /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? /^()([a-z_]+)(.*)$/.exec(line) ?? [];
    const metric = (metrics[name] ??= {});
    if (kind === "HELP") metric["description"] = rest;
    else if (kind === "TYPE") metric["type"] = rest;
    else {
      const space = rest.lastIndexOf(" ");
      metric[`sample${rest.slice(0, space)}`] = MEASURED.test(name) ? "<number>" : Number(rest.slice(space + 1));
    }
  }
  return metrics;
}

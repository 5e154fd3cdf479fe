import type { Candidate } from "../../../src/plugins/routing/candidate.ts";
import { candidate, decide } from "../../support/plugins/routing.ts";
import { median, quantile } from "../load.ts";
import type { Figure } from "../table.ts";

const PLUGINS = 100;
const DECISIONS = 500;
const BOUND_MS = 5;

const words = "tenant billing invoice payment mail chat report chart export import user role".split(" ");
const text = "Add a REST endpoint with JWT that exports the invoices of a tenant to MongoDB, and show it on the page";

/** A decision among 100 plugins, each with the manifest of the plugin guide, for a request with 20 files. */
export function measureRouting(): Figure[] {
  const plugins = Array.from({ length: PLUGINS }, (_, at) => pluginOf(at));
  const files = Array.from({ length: 20 }, (_, at) => `src/p${at}/api/file${at}.py`);
  const times = Array.from({ length: DECISIONS }, () => {
    const start = performance.now();
    decide({ text, files }, plugins);
    return performance.now() - start;
  });
  return [
    { what: `routing among ${PLUGINS} plugins, p50`, value: median(times), unit: "ms", atMost: BOUND_MS },
    { what: `routing among ${PLUGINS} plugins, p95`, value: quantile(times, 0.95), unit: "ms", atMost: BOUND_MS },
  ];
}

function pluginOf(at: number): Candidate {
  return candidate(`plugin-${at}`, {
    capabilities: {
      domains: ["backend", "api", words[at % words.length]],
      contexts: ["python", "fastapi", "react"],
      patterns: ["rest-api", "jwt-auth"],
      integrations: ["mongodb", "keycloak"],
    },
    routing: {
      keywords: words.slice(at % 6, (at % 6) + 6),
      contextPatterns: ["**/*.py", "**/api/**/*", `src/p${at}/**`],
    },
  });
}

import type { PluginManifest } from "../manifest/pluginManifest.ts";
import { type Glob, readGlob } from "./glob.ts";
import { type Term, termOf } from "./textIndex.ts";

/** The part of one manifest that is about routing, read once. */
export interface Candidate {
  readonly name: string;
  readonly domains: readonly Term[];
  readonly contexts: readonly Term[];
  readonly patterns: readonly Term[];
  readonly integrations: readonly Term[];
  readonly keywords: readonly Term[];
  readonly contextPatterns: readonly Glob[];
  /** 100 is neutral. */
  readonly priority: number;
  /** Undefined for any. */
  readonly acceptsRoutingFrom: ReadonlySet<string> | undefined;
  readonly canRouteTo: ReadonlySet<string> | undefined;
  readonly fallbackPlugin: string | undefined;
}

export const NEUTRAL_PRIORITY = 100;
const ANY = "*";

export function candidateOf({ name, capabilities = {}, routing = {}, errorHandling }: PluginManifest): Candidate {
  return {
    name,
    domains: termsOf(capabilities.domains),
    contexts: termsOf(capabilities.contexts),
    patterns: termsOf(capabilities.patterns),
    integrations: termsOf(capabilities.integrations),
    keywords: termsOf(routing.keywords),
    contextPatterns: (routing.contextPatterns ?? []).map(readGlob).filter((glob) => glob !== undefined),
    priority: routing.priority ?? NEUTRAL_PRIORITY,
    acceptsRoutingFrom: peersOf(routing.acceptsRoutingFrom),
    canRouteTo: peersOf(routing.canRouteTo),
    fallbackPlugin: errorHandling?.fallback?.fallbackPlugin,
  };
}

/** A word that is listed twice counts once. */
function termsOf(words: readonly string[] = []): readonly Term[] {
  return [...new Map(words.map(termOf).map((term) => [term.stems, term])).values()];
}

function peersOf(names: readonly string[] | undefined): ReadonlySet<string> | undefined {
  return names === undefined || names.includes(ANY) ? undefined : new Set(names);
}

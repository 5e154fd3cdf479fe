import type { RouteRequest } from "../../protocol/plugins/routing.ts";
import type { Classification } from "../../protocol/plugins/routingDecision.ts";
import { namesOf } from "./glob.ts";
import { TextIndex, type TextMatch } from "./textIndex.ts";
import {
  contexts,
  contextsOfFile,
  domains,
  hardWords,
  idleWords,
  patterns,
  type Topic,
  urgentWords,
} from "./vocabulary.ts";

const MINUTE_MS = 60_000;
const MINUTES = { simple: 10, moderate: 30, complex: 60 } as const;
const COMPLEX_POINTS = 6;
const MODERATE_POINTS = 3;
const POINTS_OF_FAMILIES = 2;
const POINTS_OF_HARD_WORDS = 2;
const TASK_STEPS = [5, 2, 0];
const FILE_STEPS = [10, 5, 0];
const URGENCY = { normal: 5, urgent: 9, idle: 2 } as const;

/** A file of the request. */
interface RoutedFile {
  readonly path: string;
  /** Its folders and its own name. */
  readonly names: readonly string[];
}

/** A request, read once for all plugins. */
export interface ReadRequest {
  readonly index: TextIndex;
  readonly files: readonly RoutedFile[];
  /** Topics by name, with the words of the text that belong to them. */
  readonly domains: ReadonlyMap<string, TextMatch>;
  readonly contexts: ReadonlyMap<string, TextMatch>;
  readonly patterns: ReadonlyMap<string, TextMatch>;
  /** Technologies by name, with the path of a file. */
  readonly fileContexts: ReadonlyMap<string, string>;
  readonly classification: Classification;
}

/** Classifies a request by the words of its text and its subtasks, and by its files. */
export function readRequest({ text, files = [], subtasks = [] }: RouteRequest): ReadRequest {
  const index = new TextIndex([text, ...subtasks].join("\n"));
  const found = matchesOf(domains, index);
  const fileContexts = new Map(
    files.flatMap((path) => contextsOfFile(namesOf(path).at(-1) ?? "").map((context) => [context, path] as const)),
  );
  const foundContexts = matchesOf(contexts, index);
  const foundPatterns = matchesOf(patterns, index);
  const complexity = complexityOf({ index, files: files.length, tasks: subtasks.length, families: familiesOf(found) });
  return {
    index,
    files: files.map((path) => ({ path, names: namesOf(path) })),
    domains: found,
    contexts: foundContexts,
    patterns: foundPatterns,
    fileContexts,
    classification: {
      domain: [...found.keys()],
      complexity,
      contexts: [...new Set([...foundContexts.keys(), ...fileContexts.keys()])],
      patterns: [...foundPatterns.keys()],
      urgency: urgencyOf(index),
      estimatedDuration: MINUTES[complexity] * Math.max(1, found.size) * MINUTE_MS,
    },
  };
}

/** Counts related domains once. */
function familiesOf(found: ReadonlyMap<string, unknown>): number {
  return new Set(domains.filter(({ name }) => found.has(name)).map(({ family }) => family)).size;
}

function matchesOf(topics: readonly Topic[], index: TextIndex): Map<string, TextMatch> {
  const found = new Map<string, TextMatch>();
  for (const topic of topics) {
    const match = firstMatch(topic, index);
    if (match !== undefined) found.set(topic.name, match);
  }
  return found;
}

function firstMatch({ terms }: Topic, index: TextIndex): TextMatch | undefined {
  for (const term of terms) {
    const match = index.find(term);
    if (match !== undefined) return match;
  }
  return undefined;
}

interface Size {
  readonly index: TextIndex;
  readonly tasks: number;
  readonly files: number;
  readonly families: number;
}

function complexityOf({ index, tasks, files, families }: Size): Classification["complexity"] {
  const points =
    stepsOf(tasks, TASK_STEPS) +
    stepsOf(files, FILE_STEPS) +
    (families > 1 ? POINTS_OF_FAMILIES : 0) +
    (firstMatch(hardWords, index) === undefined ? 0 : POINTS_OF_HARD_WORDS);
  if (points >= COMPLEX_POINTS) return "complex";
  return points >= MODERATE_POINTS ? "moderate" : "simple";
}

/** Returns 3, 2 or 1 for a count above the first, second or third step, else 0. */
function stepsOf(count: number, steps: readonly number[]): number {
  const step = steps.findIndex((limit) => count > limit);
  return step < 0 ? 0 : steps.length - step;
}

function urgencyOf(index: TextIndex): number {
  if (firstMatch(urgentWords, index) !== undefined) return URGENCY.urgent;
  return firstMatch(idleWords, index) === undefined ? URGENCY.normal : URGENCY.idle;
}

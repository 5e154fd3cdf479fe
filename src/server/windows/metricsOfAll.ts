/** The exposition of one window. */
export interface WindowMetrics {
  readonly windowId: string;
  /** Undefined if it did not respond in time. */
  readonly text: string | undefined;
}

/** A metric: its comments, and its samples. */
interface Family {
  readonly head: string[];
  readonly samples: string[];
}

const COMMENT = /^# (?:HELP|TYPE) (\S+)/;
const SAMPLE = /^([a-zA-Z_:][\w:]*)(\{.*\})? (\S+)$/;

/**
 * Joins the metrics of this window with those of others, whose samples have the label `window`. All samples of a metric
 * follow its comments, as the text format requires.
 */
export function metricsOfAll(own: string, others: readonly WindowMetrics[]): string {
  const families = new Map<string, Family>();
  collect(families, own, (line) => line);
  for (const { windowId, text = "" } of others) {
    const label = `window="${escaped(windowId)}"`;
    collect(families, text, (line) => withLabel(line, label));
  }
  const lines = [...families.values()].flatMap(({ head, samples }) => [...head, ...samples]);
  return `${[...lines, ...reachability(others)].join("\n")}\n`;
}

function collect(families: Map<string, Family>, text: string, labelled: (line: string) => string | undefined): void {
  let family: Family | undefined;
  let isNew = false;
  for (const line of text.split("\n")) {
    const name = COMMENT.exec(line)?.[1];
    if (name !== undefined) {
      const known = families.get(name);
      isNew = known === undefined || (isNew && known === family);
      family = known ?? { head: [], samples: [] };
      if (isNew) family.head.push(line);
      families.set(name, family);
    } else if (line !== "") {
      const sample = labelled(line);
      if (sample !== undefined) family?.samples.push(sample);
    }
  }
}

/** Returns undefined for a line that is not a sample. */
function withLabel(line: string, label: string): string | undefined {
  const [, name, labels, value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) return undefined;
  return `${name}{${labels === undefined ? "" : `${labels.slice(1, -1)},`}${label}} ${value}`;
}

function reachability(others: readonly WindowMetrics[]): string[] {
  if (others.length === 0) return [];
  return [
    "# HELP kiro_bridge_window_up 1 if the window has responded with its metrics.",
    "# TYPE kiro_bridge_window_up gauge",
    ...others.map(({ windowId, text }) => {
      return `kiro_bridge_window_up{window="${escaped(windowId)}"} ${text === undefined ? 0 : 1}`;
    }),
  ];
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

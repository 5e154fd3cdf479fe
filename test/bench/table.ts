/** One measured number, with its bound where there is one. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

export function printTable(figures: readonly Figure[]): void {
  const width = Math.max(...figures.map(({ what }) => what.length));
  for (const figure of figures) {
    const value = figure.value.toFixed(figure.value < 100 ? 2 : 0).padStart(9);
    console.log(`${figure.what.padEnd(width)} ${value} ${figure.unit.padEnd(4)} ${verdict(figure)}`);
  }
}

function verdict({ value, atMost, atLeast }: Figure): string {
  if (atMost !== undefined) return `bound ≤ ${atMost.toFixed(2)}: ${value <= atMost ? "holds" : "MISSED"}`;
  if (atLeast !== undefined) return `bound ≥ ${atLeast.toFixed(2)}: ${value >= atLeast ? "holds" : "MISSED"}`;
  return "";
}

/** The same table for docs/bench.md. */
export function markdownTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const value = figure.value.toFixed(figure.value < 100 ? 2 : 0);
    return `| ${figure.what} | ${value} ${figure.unit} | ${verdict(figure)} |`;
  });
  return ["| what | value | |", "|---|---:|---|", ...rows].join("\n");
}

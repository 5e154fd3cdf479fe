/** Paints a text. */
type Paint = (text: string) => string;

/** Colours of a terminal, which leave a text as it is elsewhere. */
export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly cyan: Paint;
}

const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

export function styleOf(isColoured: boolean): Style {
  const paint =
    (name: keyof typeof codes): Paint =>
    (text) => {
      const [on, off] = codes[name];
      return isColoured && text !== "" ? `\x1b[${on}m${text}\x1b[${off}m` : text;
    };
  return {
    bold: paint("bold"),
    dim: paint("dim"),
    red: paint("red"),
    green: paint("green"),
    yellow: paint("yellow"),
    cyan: paint("cyan"),
  };
}

/** True if a stream gets colours: `--no-color`, then FORCE_COLOR, NO_COLOR, and else if it is a terminal with colours. */
export function isColoured(
  stream: { readonly isTTY?: boolean },
  { isOff, env }: { readonly isOff: boolean; readonly env: NodeJS.ProcessEnv },
): boolean {
  if (isOff) return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

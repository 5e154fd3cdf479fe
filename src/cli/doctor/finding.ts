/** The result of one check. */
export interface Finding {
  /** Names the check, for programs. */
  readonly check: "discovery" | "address" | "token" | "clock" | "version" | "windows" | "workspace" | "kiro-cli";
  /** `problem`: commands fail because of it. `warning`: some may. */
  readonly state: "ok" | "warning" | "problem";
  /** The fact that was found. */
  readonly message: string;
  /** A next step, if something is wrong. */
  readonly advice?: string;
}

export function ok(check: Finding["check"], message: string): Finding {
  return { check, state: "ok", message };
}

export function warning(check: Finding["check"], message: string, advice: string): Finding {
  return { check, state: "warning", message, advice };
}

export function problem(check: Finding["check"], message: string, advice: string): Finding {
  return { check, state: "problem", message, advice };
}

import type { Load } from "../../core/status.ts";

/** Describes the executions that a stop would interrupt, or returns undefined. */
export function busyText({ running, queued }: Load): string | undefined {
  if (running + queued === 0) return undefined;
  const parts = [
    ...(running === 0 ? [] : [`${running} ${running === 1 ? "command is" : "commands are"} running`]),
    ...(queued === 0 ? [] : [`${queued} ${queued === 1 ? "command is" : "commands are"} queued`]),
  ];
  return `${parts.join(" and ")}; ${running + queued === 1 ? "its caller receives" : "their callers receive"} an error (503).`;
}

interface WarningProcess {
  emitWarning(warning: Error): void;
}

/** Reports the error of a listener where the platform reports such errors without ending the program. */
export function reportListenerError(error: unknown): void {
  const warning = error instanceof Error ? error : new Error(String(error));
  const process: unknown = Reflect.get(globalThis, "process");
  if (isWarningProcess(process)) process.emitWarning(warning);
  else
    queueMicrotask(() => {
      throw warning;
    });
}

/** The process of Node, Deno and Bun. */
function isWarningProcess(value: unknown): value is WarningProcess {
  return typeof value === "object" && value !== null && "emitWarning" in value;
}

import { startKiroProcess } from "../process/kiroProcess.ts";
import type { StartAgent } from "../../startAgent.ts";
import { PipeAgent, type PipeOptions } from "./pipeAgent.ts";
import { defaultReadinessLimits, untilReady } from "./readiness.ts";

/**
 * Selects the line mode, which is no longer the default, without wrapping, which could not be told from line breaks
 * (docs/kiro-cli.md#f10, #m22, #m24).
 */
const TEXT_FLAGS = ["--legacy-ui", "--wrap", "never"] as const;

/**
 * Creates the function that starts the persistent text process of the original clients. It cannot resume conversations.
 */
export function pipeStarter(options: PipeOptions): StartAgent {
  return async ({ workspacePath }, signal) => {
    signal.throwIfAborted();
    const { program, flags, logger, guard } = options;
    const args = ["chat", ...TEXT_FLAGS, ...flags];
    const process = await startKiroProcess(program, args, { cwd: workspacePath, logger, guard });
    try {
      await untilReady(process, { ...defaultReadinessLimits, ...options.readiness }, signal);
      return { agent: new PipeAgent(process, options), isResumed: false };
    } catch (error) {
      process.kill();
      await process.exited;
      throw error;
    }
  };
}

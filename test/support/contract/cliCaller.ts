import { execFile } from "node:child_process";
import * as z from "zod";
import { ERRORS, errorCodes } from "../../../src/protocol/errors.ts";
import type { Caller } from "./callScript.ts";
import { outcomeOf } from "./outcome.ts";

const statusOutput = z.object({ status: z.string() });
const failure = z.object({ error: z.object({ code: z.enum(errorCodes) }) });
const MAX_OUTPUT = 16 * 1024 * 1024;

/** The command line, one process for each call, with the token that it finds itself. */
export function cliCaller(program: string, bridgeHome: string): Caller {
  const env = { PATH: process.env["PATH"], KIRO_BRIDGE_HOME: bridgeHome };
  const run = (args: readonly string[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      execFile(process.execPath, [program, "--json", ...args], { env, maxBuffer: MAX_OUTPUT }, (error, stdout) => {
        try {
          resolve(JSON.parse(stdout));
        } catch {
          reject(error ?? new Error(`not JSON: ${stdout}`));
        }
      });
    });
  const status: Caller["status"] = async () => statusOutput.parse(await run(["status"])).status;
  return {
    name: "the command line",
    status,
    isReady: async () => (await status()) === "ready",
    execute: async (command, args = []) => {
      const answer = await run(["exec", "--", command, ...args]);
      const failed = failure.safeParse(answer);
      return failed.success ? { rejected: ERRORS[failed.data.error.code].status } : outcomeOf(answer);
    },
  };
}

import { fileURLToPath } from "node:url";
import type { CliProgram } from "../../../../../src/agents/agent.ts";

/**
 * The example agent of the ACP SDK: a peer that none of us wrote (docs/kiro-cli.md#47-peers). It ignores its arguments. Pauses of
 * its own, a second each, make a turn last five.
 */
export const exampleAgent: CliProgram = {
  command: process.execPath,
  leadingArgs: [fileURLToPath(new URL("examples/agent.js", import.meta.resolve("acp-sdk-1x")))],
  env: {},
  isSimulated: false,
};

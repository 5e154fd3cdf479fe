import * as l10n from "@vscode/l10n";
import { editorUser } from "../../core/access/principal.ts";
import * as z from "zod";
import { BridgeError } from "../../protocol/errors.ts";
import type { ExecuteResponse } from "../../protocol/executions.ts";
import { validate } from "../../protocol/validate.ts";
import type { BridgeSwitch } from "../../hosting/lifecycle/bridgeSwitch.ts";
import type { CommandName } from "../commandTable.ts";
import type { Bridge } from "../compose.ts";
import { askForText, tell } from "../status/messages.ts";
import { diagnoseCli } from "./diagnoseCli.ts";
import { followPrompt } from "./followPrompt.ts";
import type { LiveAnswers } from "./liveAnswers.ts";
import type { CommandAction } from "./register.ts";
import { running } from "./serverCommands.ts";
import { useSimulator } from "./useSimulator.ts";
import { responseOf } from "../../server/http/executeResponse.ts";

type CliCommand = Extract<CommandName, "askCli" | "useSimulator" | "cancelCli" | "newCliSession" | "diagnoseCli">;

const askSchema = z.strictObject({ prompt: z.string().min(1), session: z.string().min(1).optional() });

/** The commands for the Kiro CLI. Prompts are dispatched like those of programs, but are not subject to the policy. */
export function cliCommands(toggle: BridgeSwitch<Bridge>, answers: LiveAnswers): Record<CliCommand, CommandAction> {
  return {
    askCli: (argument) => askCli(running(toggle), answers, argument),
    useSimulator,
    cancelCli: () => cancelCli(running(toggle)),
    newCliSession: () => newSession(running(toggle)),
    diagnoseCli: (argument) => diagnoseCli(running(toggle), argument),
  };
}

/** @param argument `{prompt, session?}`; asks the user if omitted */
async function askCli(bridge: Bridge, answers: LiveAnswers, argument: unknown): Promise<ExecuteResponse | undefined> {
  const asked = argument === undefined ? await askForPrompt() : validate(askSchema, argument);
  if (asked === undefined) return undefined;
  const { prompt, session } = asked;
  const request = { command: "kiro.cli.chat", args: [prompt], ...(session !== undefined && { session }) };
  const execution = await bridge.dispatcher.submit(request, editorUser);
  await answers.show(execution, bridge.events);
  await followPrompt(bridge, execution, prompt);
  if (execution.failure !== undefined) throw execution.failure;
  return responseOf(execution);
}

async function askForPrompt(): Promise<z.infer<typeof askSchema> | undefined> {
  const prompt = await askForText({
    title: l10n.t("Ask Kiro CLI"),
    prompt: l10n.t("The answer opens in an editor to the side."),
  });
  return prompt === undefined || prompt.trim() === "" ? undefined : { prompt };
}

async function cancelCli(bridge: Bridge): Promise<void> {
  const latest = [...bridge.executions.active].filter(({ target }) => target === "cli").at(-1);
  if (latest === undefined) throw new BridgeError("NOT_FOUND", "No prompt is running.");
  const { how } = await bridge.dispatcher.cancel(latest.id, editorUser);
  const said = {
    dequeued: l10n.t("Prompt removed from the queue."),
    cooperative: l10n.t("Prompt cancelled."),
    killed: l10n.t("Kiro CLI did not respond, so its process was ended. The next prompt starts a new conversation."),
    "not-cancellable": l10n.t("The prompt had already ended."),
  }[how];
  void tell("information", `Kiro Bridge: ${said}`);
}

async function newSession(bridge: Bridge): Promise<ExecuteResponse> {
  const execution = await bridge.dispatcher.submit({ command: "kiro.cli.newSession" }, editorUser);
  await execution.settled;
  if (execution.failure !== undefined) throw execution.failure;
  void tell("information", l10n.t("Kiro Bridge: The next prompt starts a new conversation."));
  return responseOf(execution);
}

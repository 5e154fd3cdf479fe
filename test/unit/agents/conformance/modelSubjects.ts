import { engineSchema } from "../../../../src/agents/engines/engineSettings.ts";
import type { Models } from "../../../../src/agents/engines/models.ts";
import type { EditorModels } from "../../../../src/agents/engines/ports.ts";
import { composeModels } from "../../../../src/agents/modelsLibrary.ts";
import { noEvent } from "../../../../src/base/events.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { ModelFailure } from "../../../../src/core/models/modelFailure.ts";
import type { StepEvent, WireId } from "../../../../src/core/models/step.ts";
import { Redactor } from "../../../../src/core/privacy/redactor.ts";
import { anthropicMessages, messagesStream } from "../../../support/models/forms/anthropicMessages.ts";
import { chatStream, openAiChat } from "../../../support/models/forms/openAiChat.ts";
import { openAiResponses, responsesStream } from "../../../support/models/forms/openAiResponses.ts";
import type { ScriptedAnswer } from "../../../support/models/forms/scriptedAnswer.ts";
import { type ModelScript, ModelServer } from "../../../support/models/modelServer.ts";
import { call, calls, hangs, says, ScriptedWire } from "../../../support/models/scriptedWire.ts";
import { FakeLedger } from "../models/loop/modelAgentRig.ts";
import { INACTIVITY_MS, type Scripted, type Subject } from "./subject.ts";

const HELLO = "Hello there.";
const BEGINNING = "Once upon a time";
const echo = { id: "c1", name: "run_command", arguments: JSON.stringify({ id: "test.echo", params: ["a"] }) };
const look = { id: "c1", name: "list_executions", arguments: "{}" };

/** Makes a model say what the test wants. */
interface Script {
  says(text: string): void;
  calls(tool: typeof echo): void;
  stalls(text: string): void;
  breaksOff(text: string): void;
}

interface Vendor {
  readonly form: (answer: ScriptedAnswer) => ModelScript;
  readonly stream: (answer: ScriptedAnswer) => string;
}

const vendors: Readonly<Record<Exclude<WireId, "vscode-lm">, Vendor>> = {
  "openai-chat": { form: openAiChat, stream: chatStream },
  "openai-responses": { form: openAiResponses, stream: responsesStream },
  anthropic: { form: anthropicMessages, stream: messagesStream },
};

/** A model that is reached by a protocol of HTTP, over a scripted server. */
export async function httpModel(wire: keyof typeof vendors): Promise<Subject> {
  const server = await ModelServer.start();
  const { form, stream } = vendors[wire];
  const broken = (text: string, end: "hold" | "cutAt"): ModelScript => {
    const body = stream({ text });
    // After the event that has the text.
    const at = body.indexOf("\n\n", body.indexOf(text)) + 2;
    return { body, ...(end === "hold" ? { hold: { at } } : { cutAt: at }) };
  };
  const script: Script = {
    says: (text) => server.reply(form({ text })),
    calls: (tool) => server.reply(form({ calls: [tool] })),
    stalls: (text) => server.reply(broken(text, "hold")),
    breaksOff: (text) => server.reply(broken(text, "cutAt")),
  };
  return modelSubject(wire, script, compose(wire, server.url, noModels), () => server.dispose());
}

/** A model of the editor. */
export function editorModel(): Subject {
  const model = new ScriptedWire();
  const script: Script = {
    says: (text) => void model.steps.push(says(text)),
    calls: ({ id, name, arguments: args }) => void model.steps.push(calls([call(id, name, args)])),
    stalls: (text) => void model.steps.push(hangs([{ type: "text", text }])),
    breaksOff: (text) =>
      void model.steps.push(async function* (): AsyncIterable<StepEvent> {
        yield { type: "text", text };
        throw new ModelFailure("cut", "The model of the editor broke off.");
      }),
  };
  const editorModels: EditorModels = { ...noModels, stream: (request, signal) => model.stream(request, signal) };
  return modelSubject("vscode-lm", script, compose("vscode-lm", undefined, editorModels), () => Promise.resolve());
}

const noModels: EditorModels = {
  list: () => Promise.resolve([]),
  onDidChange: noEvent,
  stream: () => {
    throw new ModelFailure("not-found", "This editor has no models.");
  },
};

function compose(wire: WireId, url: string | undefined, editorModels: EditorModels): Models {
  const settings = {
    id: "scripted",
    wire,
    ...(url !== undefined && { baseUrl: `${url}/v1` }),
    auth: { kind: "none" },
    models: ["test-model"],
    limits: { inactivityTimeoutMs: INACTIVITY_MS },
  };
  return composeModels({
    engines: [engineSchema.parse(settings)],
    keys: { read: () => Promise.resolve(undefined), onDidChange: noEvent },
    editorModels,
    ledger: new FakeLedger(),
    storageFolder: undefined,
    keptMs: 0,
    keptBytes: 0,
    redactor: new Redactor(),
    logger: silentLogger,
  });
}

function modelSubject(transport: WireId, script: Script, models: Models, end: () => Promise<void>): Subject {
  const prompts = (say: () => string): Scripted => ({ said: say(), prompt: "Do it" });
  const tool = (used: typeof echo): Scripted =>
    prompts(() => {
      script.calls(used);
      script.says(HELLO);
      return HELLO;
    });
  const says = (how: "says" | "stalls" | "breaksOff", text: string): Scripted =>
    prompts(() => {
      script[how](text);
      return text;
    });
  return {
    transport,
    start: models.starterOf("scripted"),
    answer: () => says("says", HELLO),
    useTool: () => tool(look),
    askFirst: () => tool(echo),
    refused: () => tool(echo),
    stall: () => says("stalls", BEGINNING),
    fail: () => says("breaksOff", BEGINNING),
    dispose: async () => {
      await models.dispose();
      await end();
    },
  };
}

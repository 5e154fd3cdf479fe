import { DisposableStore } from "../../../src/base/disposables.ts";
import { type FakePrincipal, FakePrincipals } from "../fakePrincipals.ts";
import { anthropicMessages } from "../models/forms/anthropicMessages.ts";
import { openAiChat } from "../models/forms/openAiChat.ts";
import { openAiResponses } from "../models/forms/openAiResponses.ts";
import type { ScriptedAnswer } from "../models/forms/scriptedAnswer.ts";
import { type ModelRequest, ModelServer, type ModelReply } from "../models/modelServer.ts";
import { startEngineBridge } from "../models/startEngineBridge.ts";
import type { TestBridge } from "../testBridge.ts";

/** The engines of the bridge, by protocol, and the model that each has. */
export const engineModels = {
  chat: "by-chat/test-model",
  responses: "by-responses/test-model",
  messages: "by-messages/test-model",
} as const;

/** A bridge with real engines of the three protocols, whose vendor is scripted: it says the same in each of them. */
export interface EngineGateway {
  readonly bridge: TestBridge;
  /** The vendor. */
  readonly vendor: ModelServer;
  readonly client: FakePrincipal;
  /** `http://127.0.0.1:PORT`, which clients of Anthropic and Azure use as it is. */
  readonly origin: string;
  /** `baseURL` of clients of OpenAI. */
  readonly openaiUrl: string;
  /** Adds what the vendor says next. */
  say(...answers: readonly ScriptedAnswer[]): void;
  dispose(): Promise<void>;
}

export async function startEngineGateway(): Promise<EngineGateway> {
  const store = new DisposableStore();
  const vendor = store.add(await ModelServer.start());
  const principals = new FakePrincipals();
  const baseUrl = `${vendor.url}/v1`;
  const started = await startEngineBridge({
    principals,
    engines: [
      { id: "by-chat", wire: "openai-chat", baseUrl, embeddingModels: ["vectors"] },
      { id: "by-responses", wire: "openai-responses", baseUrl },
      { id: "by-messages", wire: "anthropic", baseUrl: vendor.url },
    ],
  });
  store.add(started);
  const { bridge } = started;
  const origin = `http://127.0.0.1:${bridge.port}`;
  return {
    bridge,
    vendor,
    client: principals.add("client", { scopes: ["agents:prompt"] }),
    origin,
    openaiUrl: `${origin}/v1`,
    say: (...answers) => vendor.reply(...answers.map((answer) => (request: ModelRequest) => replyOf(answer, request))),
    dispose: () => store.dispose(),
  };
}

/** Answers in the protocol of the request. */
function replyOf(answer: ScriptedAnswer, request: ModelRequest): ModelReply | Promise<ModelReply> {
  const form = formOf(request.url)(answer);
  return typeof form === "function" ? form(request) : form;
}

function formOf(url: string): typeof openAiChat {
  if (url.includes("/chat/completions")) return openAiChat;
  return url.includes("/responses") ? openAiResponses : anthropicMessages;
}

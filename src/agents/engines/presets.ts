import type { WireId } from "../../core/models/step.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { quote } from "../../protocol/validate.ts";
import type { EngineAuth } from "./engineSettings.ts";

/** A part of a base URL that differs from user to user. */
export interface UrlPart {
  readonly name: string;
  /** Asks for it. */
  readonly prompt: string;
  readonly example: string;
  /** True if the example is what most people have. */
  readonly isUsual?: boolean;
  /** `origin`: a URL, of which the path is dropped. `url`: a URL. `name`: a name without a slash. */
  readonly form: "origin" | "url" | "name";
}

/** A vendor, or a kind of server, as 'Kiro Bridge: Add Model…' offers it. */
export interface EnginePreset {
  /** The suggested ID of the engine. */
  readonly id: string;
  readonly name: string;
  /** The name in sentences. Default: `name`. */
  readonly subject?: string;
  readonly wire: WireId;
  /** With the names of `parts` in braces; "" for the models of the editor. */
  readonly baseUrl: string;
  readonly parts: readonly UrlPart[];
  readonly apiVersion?: string;
  /** The ways to its key, the usual one first. */
  readonly auth: readonly EngineAuth["kind"][];
  /** The variable that the vendor's own tools read. */
  readonly variable?: string;
  /** Prints a key that the vendor accepts. */
  readonly command?: readonly string[];
  /** The word of the vendor for what a request names as its model. */
  readonly modelWord: string;
  readonly modelExample: string;
  /** False if the vendor has no list of the models that can be used. */
  readonly listsModels: boolean;
  /** A sentence for those who choose it. */
  readonly note?: string;
}

const keyed = ["secret", "environment", "command"] as const;
const azure = ["secret", "entra", "environment", "command"] as const;
const local = ["none", "secret", "environment"] as const;

const azureEndpoint: UrlPart = {
  name: "endpoint",
  prompt: "The endpoint of the resource, as the Azure portal shows it",
  example: "https://my-resource.openai.azure.com",
  form: "origin",
};
const awsRegion: UrlPart = { name: "region", prompt: "The AWS region", example: "us-west-2", form: "name" };
const anyUrl: Omit<UrlPart, "example"> = {
  name: "url",
  prompt: "The base URL of the server, which ends before /chat/completions",
  form: "url",
};
const localUrl = (example: string): UrlPart => ({ ...anyUrl, example, isUsual: true });
const model = { modelWord: "model", listsModels: true } as const;

/** The vendors and servers that people use, in the order of the list. A table, of which a guide is made. */
export const enginePresets: readonly EnginePreset[] = [
  {
    id: "openai",
    name: "OpenAI",
    wire: "openai-responses",
    baseUrl: "https://api.openai.com/v1",
    parts: [],
    auth: keyed,
    variable: "OPENAI_API_KEY",
    ...model,
    modelExample: "gpt-5.6",
  },
  {
    id: "azure",
    name: "Azure OpenAI (v1)",
    wire: "openai-responses",
    baseUrl: "{endpoint}/openai/v1",
    parts: [azureEndpoint],
    auth: azure,
    variable: "AZURE_OPENAI_API_KEY",
    modelWord: "deployment",
    modelExample: "my-deployment",
    listsModels: false,
    note: "The current API of Azure OpenAI and Microsoft Foundry, without API versions.",
  },
  {
    id: "azure-deployments",
    name: "Azure OpenAI (deployments)",
    wire: "openai-chat",
    baseUrl: "{endpoint}",
    parts: [azureEndpoint],
    apiVersion: "2024-10-21",
    auth: azure,
    variable: "AZURE_OPENAI_API_KEY",
    modelWord: "deployment",
    modelExample: "my-deployment",
    listsModels: false,
    note: "The earlier API of Azure OpenAI, with the deployment in the path and an API version.",
  },
  {
    id: "anthropic",
    name: "Anthropic",
    wire: "anthropic",
    baseUrl: "https://api.anthropic.com",
    parts: [],
    auth: keyed,
    variable: "ANTHROPIC_API_KEY",
    ...model,
    modelExample: "claude-sonnet-5.5",
  },
  {
    id: "foundry",
    name: "Microsoft Foundry (Claude)",
    wire: "anthropic",
    baseUrl: "{endpoint}/anthropic",
    parts: [{ ...azureEndpoint, example: "https://my-resource.services.ai.azure.com" }],
    auth: azure,
    variable: "ANTHROPIC_FOUNDRY_API_KEY",
    modelWord: "deployment",
    modelExample: "my-claude",
    listsModels: false,
  },
  {
    id: "bedrock",
    name: "Amazon Bedrock",
    wire: "openai-chat",
    baseUrl: "https://bedrock-runtime.{region}.amazonaws.com/openai/v1",
    parts: [awsRegion],
    auth: keyed,
    variable: "AWS_BEARER_TOKEN_BEDROCK",
    modelWord: "model",
    modelExample: "openai.gpt-oss-120b-1:0",
    listsModels: false,
    note: "With a Bedrock API key. Signed requests (SigV4) and the Converse API are not supported.",
  },
  {
    id: "bedrock-claude",
    name: "Amazon Bedrock (Claude)",
    wire: "anthropic",
    baseUrl: "https://bedrock-mantle.{region}.api.aws/anthropic",
    parts: [awsRegion],
    auth: keyed,
    variable: "AWS_BEARER_TOKEN_BEDROCK",
    modelWord: "model",
    modelExample: "anthropic.claude-sonnet-5-5",
    listsModels: false,
    note: "With a Bedrock API key, at the Mantle endpoint.",
  },
  {
    id: "vertex",
    name: "Google Vertex AI",
    wire: "openai-chat",
    baseUrl: "https://{region}-aiplatform.googleapis.com/v1/projects/{project}/locations/{region}/endpoints/openapi",
    parts: [
      { name: "region", prompt: "The Google Cloud region", example: "us-central1", form: "name" },
      { name: "project", prompt: "The ID of the Google Cloud project", example: "my-project", form: "name" },
    ],
    auth: ["command"],
    command: ["gcloud", "auth", "print-access-token"],
    modelWord: "model",
    modelExample: "google/gemini-3-flash",
    listsModels: false,
    note: "Its keys are tokens of an hour, so a command prints them. Claude on Vertex AI has another API, which is not supported.",
  },
  {
    id: "ollama",
    name: "Ollama",
    wire: "openai-chat",
    baseUrl: "{url}",
    parts: [localUrl("http://127.0.0.1:11434/v1")],
    auth: local,
    ...model,
    modelExample: "qwen3:8b",
  },
  {
    id: "lmstudio",
    name: "LM Studio",
    wire: "openai-chat",
    baseUrl: "{url}",
    parts: [localUrl("http://127.0.0.1:1234/v1")],
    auth: local,
    ...model,
    modelExample: "qwen3-8b",
  },
  {
    id: "vllm",
    name: "vLLM",
    wire: "openai-chat",
    baseUrl: "{url}",
    parts: [localUrl("http://127.0.0.1:8000/v1")],
    auth: local,
    variable: "VLLM_API_KEY",
    ...model,
    modelExample: "Qwen/Qwen3-8B",
  },
  {
    id: "openrouter",
    name: "OpenRouter",
    wire: "openai-chat",
    baseUrl: "https://openrouter.ai/api/v1",
    parts: [],
    auth: keyed,
    variable: "OPENROUTER_API_KEY",
    ...model,
    modelExample: "anthropic/claude-sonnet-5.5",
  },
  {
    id: "compatible",
    name: "Another server with the API of OpenAI",
    subject: "the server",
    wire: "openai-chat",
    baseUrl: "{url}",
    parts: [{ ...anyUrl, example: "https://models.example.com/v1" }],
    auth: ["secret", "environment", "command", "none"],
    ...model,
    modelExample: "my-model",
  },
  {
    id: "editor-models",
    name: "The models of this editor",
    subject: "this editor",
    wire: "vscode-lm",
    baseUrl: "",
    parts: [],
    auth: ["none"],
    ...model,
    modelExample: "gpt-5-mini",
    note: "Those that extensions such as GitHub Copilot offer to others. They have no embeddings.",
  },
];

/** Returns why a text is no valid part, or undefined. */
export function problemOfPart({ form, example }: UrlPart, text: string): string | undefined {
  if (form === "name") return /^[\w.-]{1,100}$/.test(text) ? undefined : `Enter a name such as ${example}.`;
  const url = URL.parse(text);
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  if (url === null || !isWeb) return `Enter a URL such as ${example}.`;
  if (url.username !== "" || url.password !== "") return "Leave the key out of the URL. It is asked for later.";
  if (form === "url" && (url.search !== "" || url.hash !== ""))
    return `Enter a URL without a query, such as ${example}.`;
  return undefined;
}

/**
 * Returns the base URL of a preset, or undefined if it has none.
 * @throws BridgeError VALIDATION_FAILED if a part is missing or not valid
 */
export function baseUrlOf(
  { baseUrl, parts }: EnginePreset,
  given: Readonly<Record<string, string>>,
): string | undefined {
  if (baseUrl === "") return undefined;
  const values = new Map(
    parts.map((part) => {
      const text = given[part.name]?.trim() ?? "";
      const problem = problemOfPart(part, text);
      if (problem !== undefined) throw invalidPart(part, text, problem);
      return [part.name, part.form === "origin" ? new URL(text).origin : text.replace(/\/$/, "")];
    }),
  );
  return baseUrl.replaceAll(/\{(\w+)\}/g, (_braces, name: string) => values.get(name) ?? "");
}

function invalidPart({ name }: UrlPart, text: string, problem: string): BridgeError {
  return new BridgeError("VALIDATION_FAILED", `${quote(text)} is not valid. ${problem}`, { field: name });
}

import { type ClientSetup, MODEL, modelScopes, TOKEN_VARIABLE } from "./setup.ts";

const noSigns = { programs: [], folders: [] };

/** Returns the line of a program that imports a package. */
function imported(names: string, from: string): string {
  return `import ${names} from "${from}";`;
}

/** Libraries and tools that speak to the OpenAI and Anthropic gateways. */
export const libraries: readonly ClientSetup[] = [
  {
    id: "openai-sdk",
    name: "OpenAI SDK",
    signs: noSigns,
    scopes: modelScopes,
    ways: [
      {
        kind: "model",
        format: "js",
        text: ({ url }) => `${imported("OpenAI", "openai")}

const client = new OpenAI({ baseURL: "${url}/v1", apiKey: process.env.${TOKEN_VARIABLE} });
const answer = await client.responses.create({ model: "${MODEL}", input: "What does this project do?" });
console.log(answer.output_text);`,
      },
      {
        kind: "model",
        format: "py",
        text: ({ url }) => `import os
from openai import OpenAI

client = OpenAI(base_url="${url}/v1", api_key=os.environ["${TOKEN_VARIABLE}"])
answer = client.responses.create(model="${MODEL}", input="What does this project do?")
print(answer.output_text)`,
      },
    ],
    next: "Run the program with the variable set.",
  },
  {
    id: "anthropic-sdk",
    name: "Anthropic SDK",
    signs: noSigns,
    scopes: modelScopes,
    ways: [
      {
        kind: "model",
        format: "js",
        text: ({ url }) => `${imported("Anthropic", "@anthropic-ai/sdk")}

const client = new Anthropic({ baseURL: "${url}", authToken: process.env.${TOKEN_VARIABLE}, apiKey: null });
const answer = await client.messages.create({
  model: "${MODEL}",
  max_tokens: 4096,
  messages: [{ role: "user", content: "What does this project do?" }],
});
console.log(answer.content);`,
      },
    ],
    next: "Run the program with the variable set.",
  },
  {
    id: "ai-sdk",
    name: "AI SDK",
    signs: noSigns,
    scopes: modelScopes,
    ways: [
      {
        kind: "model",
        format: "js",
        text: ({ url }) => `${imported("{ createOpenAICompatible }", "@ai-sdk/openai-compatible")}
${imported("{ generateText }", "ai")}

const bridge = createOpenAICompatible({
  name: "kiro-bridge",
  baseURL: "${url}/v1",
  apiKey: process.env.${TOKEN_VARIABLE},
  supportsStructuredOutputs: true,
});
const { text } = await generateText({ model: bridge("${MODEL}"), prompt: "What does this project do?" });
console.log(text);`,
      },
    ],
    next: "Run the program with the variable set.",
  },
  {
    id: "langchain",
    name: "LangChain",
    signs: noSigns,
    scopes: modelScopes,
    ways: [
      {
        kind: "model",
        format: "js",
        text: ({ url }) => `${imported("{ ChatOpenAI }", "@langchain/openai")}

const model = new ChatOpenAI({
  model: "${MODEL}",
  apiKey: process.env.${TOKEN_VARIABLE},
  configuration: { baseURL: "${url}/v1" },
});
const answer = await model.invoke("What does this project do?");
console.log(answer.text);`,
      },
    ],
    next: "Run the program with the variable set.",
  },
  {
    id: "curl",
    name: "curl",
    signs: noSigns,
    scopes: modelScopes,
    ways: [
      {
        kind: "model",
        format: "sh",
        text: ({ url }) => `printf 'header = "Authorization: Bearer %s"' "$${TOKEN_VARIABLE}" |
  curl --config - -N ${url}/v1/chat/completions -H "Content-Type: application/json" \\
    -d '{"model":"${MODEL}","stream":true,"messages":[{"role":"user","content":"What does this project do?"}]}'`,
      },
    ],
    next: "The token is not in the command line, which other programs of the machine can read.",
  },
];

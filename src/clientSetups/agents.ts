import { bearer, type ClientSetup, mcpScopes, MODEL, modelScopes, SERVER_NAME, TOKEN_VARIABLE } from "./setup.ts";

const LIMITS = { context: 200_000, output: 32_000 };

export const agents: readonly ClientSetup[] = [
  {
    id: "claude-code",
    name: "Claude Code",
    signs: { programs: ["claude"], folders: [".claude"] },
    scopes: mcpScopes,
    ways: [
      {
        kind: "mcp",
        format: "json",
        file: ".mcp.json",
        variable: "${KIRO_BRIDGE_TOKEN}",
        entry: ({ url, token }) => ({
          path: ["mcpServers", SERVER_NAME],
          value: { type: "http", url: `${url}/mcp`, headers: bearer(token) },
        }),
      },
      {
        kind: "model",
        format: "sh",
        text: ({ url }) =>
          `export ANTHROPIC_BASE_URL=${url}\nexport ANTHROPIC_AUTH_TOKEN="$${TOKEN_VARIABLE}"\nclaude --model ${MODEL}`,
      },
    ],
    next: "Start “claude” in the folder of .mcp.json, and approve the server kiro-bridge with “/mcp”.",
  },
  {
    id: "codex",
    name: "Codex",
    signs: { programs: ["codex"], folders: [".codex"] },
    scopes: mcpScopes,
    ways: [
      {
        kind: "mcp",
        format: "toml",
        file: "~/.codex/config.toml",
        variable: TOKEN_VARIABLE,
        entry: ({ url }) => ({
          path: ["mcp_servers", SERVER_NAME],
          value: { url: `${url}/mcp`, bearer_token_env_var: TOKEN_VARIABLE },
        }),
      },
      {
        kind: "model",
        format: "toml",
        file: "~/.codex/config.toml",
        variable: TOKEN_VARIABLE,
        entry: ({ url }) => ({
          path: ["model_providers", SERVER_NAME],
          value: { name: "Kiro Bridge", base_url: `${url}/v1`, env_key: TOKEN_VARIABLE, wire_api: "responses" },
        }),
      },
    ],
    next: `For the tools, start “codex”. For Kiro as its model, start “codex -c model_provider=${SERVER_NAME} -m ${MODEL}”.`,
  },
  {
    id: "opencode",
    name: "opencode",
    signs: { programs: ["opencode"], folders: [".config/opencode", ".opencode"] },
    scopes: mcpScopes,
    ways: [
      {
        kind: "mcp",
        format: "json",
        file: "~/.config/opencode/opencode.json",
        variable: "{env:KIRO_BRIDGE_TOKEN}",
        entry: ({ url, token }) => ({
          path: ["mcp", SERVER_NAME],
          value: { type: "remote", url: `${url}/mcp`, oauth: false, headers: bearer(token) },
        }),
      },
      {
        kind: "model",
        format: "json",
        file: "~/.config/opencode/opencode.json",
        variable: "{env:KIRO_BRIDGE_TOKEN}",
        entry: ({ url, token }) => ({
          path: ["provider", SERVER_NAME],
          value: {
            npm: "@ai-sdk/openai-compatible",
            name: "Kiro Bridge",
            options: { baseURL: `${url}/v1`, apiKey: token },
            models: { [MODEL]: { name: "Kiro", tool_call: true, limit: LIMITS } },
          },
        }),
      },
    ],
    next: `For the tools, start “opencode”. For Kiro as its model, start “opencode --model ${SERVER_NAME}/${MODEL}”.`,
  },
  {
    id: "gemini",
    name: "Gemini CLI",
    signs: { programs: ["gemini"], folders: [".gemini"] },
    scopes: mcpScopes,
    ways: [
      {
        kind: "mcp",
        format: "json",
        file: "~/.gemini/settings.json",
        variable: "${KIRO_BRIDGE_TOKEN}",
        entry: ({ url, token }) => ({
          path: ["mcpServers", SERVER_NAME],
          value: { httpUrl: `${url}/mcp`, headers: bearer(token) },
        }),
      },
    ],
    next: "Start “gemini”, and run “/mcp”. Gemini CLI speaks Google's own API, so it cannot have Kiro as its model.",
  },
  {
    id: "qwen",
    name: "Qwen Code",
    signs: { programs: ["qwen"], folders: [".qwen"] },
    scopes: mcpScopes,
    ways: [
      {
        kind: "mcp",
        format: "json",
        file: "~/.qwen/settings.json",
        variable: "${KIRO_BRIDGE_TOKEN}",
        entry: ({ url, token }) => ({
          path: ["mcpServers", SERVER_NAME],
          value: { httpUrl: `${url}/mcp`, headers: bearer(token) },
        }),
      },
      {
        kind: "model",
        format: "sh",
        text: ({ url }) =>
          `export OPENAI_BASE_URL=${url}/v1\nexport OPENAI_API_KEY="$${TOKEN_VARIABLE}"\nexport OPENAI_MODEL=${MODEL}\nqwen`,
      },
    ],
    next: "Start “qwen”, and run “/mcp”.",
  },
  {
    id: "copilot",
    name: "Copilot CLI",
    signs: { programs: ["copilot"], folders: [".copilot"] },
    scopes: mcpScopes,
    ways: [
      {
        kind: "mcp",
        format: "json",
        file: "~/.copilot/mcp-config.json",
        entry: ({ url, token }) => ({
          path: ["mcpServers", SERVER_NAME],
          value: { type: "http", url: `${url}/mcp`, headers: bearer(token), tools: ["*"] },
        }),
      },
      {
        kind: "model",
        format: "sh",
        text: ({ url }) =>
          `export COPILOT_PROVIDER_BASE_URL=${url}/v1\nexport COPILOT_PROVIDER_API_KEY="$${TOKEN_VARIABLE}"\nexport COPILOT_MODEL=${MODEL}\ncopilot`,
      },
    ],
    next: "Start “copilot”, and run “/mcp show”.",
  },
  {
    id: "continue",
    name: "Continue",
    signs: { programs: ["cn"], folders: [".continue"] },
    scopes: mcpScopes,
    ways: [
      {
        kind: "mcp",
        format: "yaml",
        file: ".continue/mcpServers/kiro-bridge.yaml",
        text: ({ url, token }) => `name: Kiro Bridge
version: 0.0.1
schema: v1
mcpServers:
  - name: ${SERVER_NAME}
    type: streamable-http
    url: ${url}/mcp
    requestOptions:
      headers:
        Authorization: "Bearer ${token}"
`,
      },
      {
        kind: "model",
        format: "yaml",
        file: ".continue/models/kiro-bridge.yaml",
        text: ({ url, token }) => `name: Kiro Bridge
version: 0.0.1
schema: v1
models:
  - name: Kiro
    provider: openai
    model: ${MODEL}
    apiBase: ${url}/v1
    apiKey: "${token}"
    roles: [chat, edit]
`,
      },
    ],
    next: "Keep these files out of version control. In Continue, switch to agent mode.",
  },
  {
    id: "pi",
    name: "pi",
    signs: { programs: ["pi"], folders: [".pi"] },
    scopes: modelScopes,
    ways: [
      {
        kind: "model",
        format: "json",
        file: "~/.pi/agent/models.json",
        variable: "$KIRO_BRIDGE_TOKEN",
        entry: ({ url, token }) => ({
          path: ["providers", SERVER_NAME],
          value: {
            baseUrl: `${url}/v1`,
            api: "openai-completions",
            apiKey: token,
            models: [
              {
                id: MODEL,
                name: "Kiro",
                reasoning: true,
                input: ["text", "image"],
                contextWindow: LIMITS.context,
                maxTokens: LIMITS.output,
                cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
              },
            ],
          },
        }),
      },
    ],
    next: `Start “pi --provider ${SERVER_NAME} --model ${MODEL}”.`,
  },
];

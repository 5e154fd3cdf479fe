import { type AgentSetup, type CodingAgent, type GatewayAddress, MODEL } from "./codingAgent.ts";

const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;

const claude: CodingAgent = {
  name: "claude",
  client: "claude-code",
  package: "@anthropic-ai/claude-code",
  version: "2.1.332",
  path: "/v1/messages",
  gateway: "anthropic",
  program: () =>
    `@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude${process.platform === "win32" ? ".exe" : ""}`,
  setup: ({ url, token }) => ({
    files: {},
    env: {
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_AUTH_TOKEN: token,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
    },
  }),
  ask: (prompt) => ["-p", prompt, "--model", MODEL, "--allowedTools", "Bash", "--output-format", "json"],
  goOn: (prompt) => ["-c", ...claude.ask(prompt)],
  shell: { tool: "Bash", call: (command) => ({ command, description: "Runs what was asked" }) },
};

const codex: CodingAgent = {
  name: "codex",
  client: "codex",
  package: "@openai/codex",
  version: "0.171.0",
  path: "/v1/responses",
  gateway: "openai",
  program: () => "@openai/codex/bin/codex.js",
  setup: ({ url, token }) => ({
    files: {
      ".codex/config.toml": [
        `model = "${MODEL}"`,
        'model_provider = "bridge"',
        "[model_providers.bridge]",
        'name = "Kiro Bridge"',
        `base_url = "${url}/v1"`,
        'env_key = "BRIDGE_TOKEN"',
        'wire_api = "responses"',
        "[analytics]",
        "enabled = false",
        "",
      ].join("\n"),
    },
    env: { BRIDGE_TOKEN: token },
  }),
  ask: (prompt) => ["exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", "--json", prompt],
  goOn: (prompt) => [
    "exec",
    "--skip-git-repo-check",
    "--dangerously-bypass-approvals-and-sandbox",
    "--json",
    "resume",
    "--last",
    prompt,
  ],
  shell: { tool: "exec_command", call: (cmd) => ({ cmd }) },
};

/** The agents that speak several protocols, once for each. */
function opencode(name: string, npm: string, path: CodingAgent["path"]): CodingAgent {
  return {
    name,
    client: "opencode",
    package: "opencode-ai",
    version: "1.18.33",
    path,
    gateway: path === "/v1/messages" ? "anthropic" : "openai",
    program: () => `opencode-${platform}/bin/opencode${process.platform === "win32" ? ".exe" : ""}`,
    setup: ({ url, token }) => ({
      files: {
        ".config/opencode/opencode.json": JSON.stringify({
          autoupdate: false,
          share: "disabled",
          model: `bridge/${MODEL}`,
          small_model: `bridge/${MODEL}`,
          permission: { bash: "allow", edit: "allow" },
          provider: {
            bridge: {
              npm,
              options: { baseURL: `${url}/v1`, apiKey: token },
              models: { [MODEL]: { tool_call: true, limit: { context: 200_000, output: 32_000 } } },
            },
          },
        }),
      },
      env: {},
    }),
    ask: (prompt) => ["run", prompt, "--format", "json"],
    goOn: (prompt) => ["run", "-c", prompt, "--format", "json"],
    shell: { tool: "bash", call: (command) => ({ command, description: "Runs what was asked" }) },
  };
}

function pi(name: string, api: string, path: CodingAgent["path"]): CodingAgent {
  const baseUrl = ({ url }: GatewayAddress): string => (api === "anthropic-messages" ? url : `${url}/v1`);
  return {
    name,
    client: "pi",
    package: "@earendil-works/pi-coding-agent",
    version: "1.5.2",
    path,
    gateway: path === "/v1/messages" ? "anthropic" : "openai",
    program: () => "@earendil-works/pi-coding-agent/dist/bundle/cli.js",
    setup: (address): AgentSetup => ({
      files: {
        ".pi/agent/models.json": JSON.stringify({
          providers: {
            bridge: {
              baseUrl: baseUrl(address),
              api,
              apiKey: address.token,
              models: [
                {
                  id: MODEL,
                  name: MODEL,
                  reasoning: false,
                  input: ["text"],
                  contextWindow: 200_000,
                  maxTokens: 32_000,
                  cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
                },
              ],
            },
          },
        }),
      },
      env: { PI_OFFLINE: "1" },
    }),
    ask: (prompt) => ["--provider", "bridge", "--model", MODEL, "-p", prompt],
    goOn: (prompt) => ["--provider", "bridge", "--model", MODEL, "-c", "-p", prompt],
    shell: { tool: "bash", call: (command) => ({ command }) },
  };
}

/** The agents that are known to run without a person and without other hosts. */
export const codingAgents: readonly CodingAgent[] = [
  claude,
  codex,
  opencode("opencode", "@ai-sdk/openai-compatible", "/v1/chat/completions"),
  pi("pi, chat", "openai-completions", "/v1/chat/completions"),
  pi("pi, responses", "openai-responses", "/v1/responses"),
  pi("pi, messages", "anthropic-messages", "/v1/messages"),
];

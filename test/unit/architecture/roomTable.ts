/** Rooms that run in the bridge and in a plugin's process, in the language of Node 20. */
const portablePlugins = ["plugins/rpc", "plugins/state", "plugins/breaker", "plugins/bus"];

const pluginRooms = [
  "plugins/hub",
  "plugins/endpoints",
  "plugins/routing",
  "plugins/manifest",
  "plugins/durable",
  "plugins/nats",
  ...portablePlugins,
];

/** The protocols of the gateways, each on top of the turns that they share. */
const gatewayRooms = ["gateways/turns", "gateways/openai", "gateways/anthropic", "gateways/mcp", "gateways/door"];

/** What the bridge's side of the plugins may import. */
const bridgeSide = ["server", "channel", "access", "core", "protocol", "base"];

/** The rooms of src and what each may import. A package is listed by its name; `node:*` is open to all but the rooms for browsers. */
export const rooms: Record<string, { readonly rooms: readonly string[]; readonly packages: readonly string[] }> = {
  "extension.ts": { rooms: ["host"], packages: ["vscode"] },
  host: {
    rooms: [
      "hosting",
      "bridge",
      "clientSetups",
      "plugins/hub",
      "plugins/manifest",
      "plugins/nats",
      ...portablePlugins,
      "gateways/turns",
      "tools/servers",
      "exports/door",
      "windows",
      "dashboard/channel",
      "dashboard/contract",
      "server",
      "channel",
      "agents",
      "editor",
      "history",
      "access",
      "core",
      "protocol",
      "base",
    ],
    packages: ["vscode", "@vscode/l10n", "zod"],
  },
  "serve/serveLibrary.ts": { rooms: ["serve"], packages: [] },
  // `kiro-bridge serve`, the host without an editor.
  serve: {
    rooms: [
      "hosting",
      "bridge",
      "editor",
      "plugins/hub",
      "plugins/nats",
      "windows",
      "server",
      "access",
      "core",
      "protocol",
      "base",
    ],
    packages: ["jsonc-parser", "zod"],
  },
  // What all hosts of a bridge need: the discovery entry, the owner's token, secrets in files, and the switch.
  hosting: { rooms: ["bridge", "windows", "server", "core", "protocol", "base"], packages: [] },
  bridge: {
    rooms: [
      ...pluginRooms,
      "plugins/pluginsLibrary.ts",
      "gateways/door",
      "gateways/gatewaysLibrary.ts",
      "gateways/mcpLibrary.ts",
      "agents/modelsLibrary.ts",
      "tools/servers",
      "tools/mcpToolsLibrary.ts",
      "exports/door",
      "exports/exportsLibrary.ts",
      "windows",
      "dashboard/channel",
      "dashboard/contract",
      "server",
      "agents",
      "editor",
      "history",
      "access",
      "core",
      "protocol",
      "base",
    ],
    packages: ["zod"],
  },
  "plugins/pluginsLibrary.ts": { rooms: [...pluginRooms, ...bridgeSide], packages: [] },
  // The door is what is needed before the first call; the libraries are bundles of their own.
  "gateways/door": { rooms: ["gateways/turns", ...bridgeSide], packages: ["zod"] },
  "gateways/gatewaysLibrary.ts": { rooms: [...gatewayRooms, ...bridgeSide], packages: [] },
  "gateways/mcpLibrary.ts": { rooms: [...gatewayRooms, ...bridgeSide], packages: [] },
  "gateways/turns": { rooms: bridgeSide, packages: ["zod"] },
  "gateways/openai": { rooms: ["gateways/turns", "gateways/door", ...bridgeSide], packages: ["zod"] },
  "gateways/anthropic": { rooms: ["gateways/turns", "gateways/door", ...bridgeSide], packages: ["zod"] },
  "gateways/mcp": {
    rooms: ["gateways/turns", "gateways/door", "tools", ...bridgeSide],
    packages: ["@modelcontextprotocol/server", "@modelcontextprotocol/node", "zod"],
  },
  // What is needed of MCP servers before one of them is used.
  "tools/servers": { rooms: ["core", "protocol", "base"], packages: [] },
  "tools/mcpServers": {
    rooms: ["tools/servers", "agents", "core", "protocol", "base"],
    packages: ["@modelcontextprotocol/client"],
  },
  "tools/mcpToolsLibrary.ts": { rooms: ["tools/mcpServers", "tools/servers"], packages: [] },
  // The tools of the bridge, for programs that speak MCP and for models.
  tools: { rooms: ["tools/servers", ...bridgeSide], packages: ["zod"] },
  "agents/modelsLibrary.ts": { rooms: ["agents/models", "tools", "agents", ...bridgeSide], packages: [] },
  "agents/models": { rooms: ["agents", "core", "protocol", "base"], packages: ["openai", "@anthropic-ai/sdk", "zod"] },
  "plugins/hub": {
    rooms: [...pluginRooms.filter((room) => room !== "plugins/nats"), ...bridgeSide],
    packages: ["cross-spawn", "ws", "zod"],
  },
  "plugins/endpoints": { rooms: [...portablePlugins, ...bridgeSide], packages: ["ws", "zod"] },
  "plugins/routing": { rooms: ["plugins/manifest", ...portablePlugins, ...bridgeSide], packages: ["zod"] },
  "plugins/manifest": { rooms: [...portablePlugins, ...bridgeSide], packages: ["zod"] },
  "plugins/durable": { rooms: ["plugins/bus", ...bridgeSide], packages: ["zod"] },
  "plugins/nats": {
    rooms: ["plugins/bus", ...bridgeSide],
    packages: ["@nats-io/jetstream", "@nats-io/kv", "@nats-io/nats-core", "@nats-io/transport-node", "zod"],
  },
  "plugins/sdk": { rooms: [...portablePlugins, "client", "protocol", "base"], packages: ["ws"] },
  "plugins/breaker": { rooms: ["plugins/bus", "protocol", "base"], packages: [] },
  "plugins/state": { rooms: ["plugins/bus", "protocol", "base"], packages: [] },
  "plugins/rpc": { rooms: ["plugins/bus", "protocol", "base"], packages: [] },
  "plugins/bus": { rooms: ["protocol", "base"], packages: [] },
  editor: { rooms: ["core", "protocol", "base"], packages: [] },
  windows: {
    rooms: ["server", "channel", "history", "access", "core", "protocol", "base"],
    packages: ["ws", "zod"],
  },
  "dashboard/page": {
    rooms: ["dashboard/state", "dashboard/contract", "client", "protocol", "base"],
    packages: ["@vscode/l10n", "lit", "marked", "uplot", "@vscode-elements/elements", "zod"],
  },
  "dashboard/state": { rooms: ["dashboard/contract", "client", "protocol", "base"], packages: ["@vscode/l10n", "zod"] },
  "dashboard/contract": { rooms: ["protocol", "base"], packages: ["@vscode/l10n", "zod"] },
  "dashboard/channel": {
    rooms: ["dashboard/contract", "server", "channel", "history", "access", "core", "protocol", "base"],
    packages: ["@vscode/l10n", "ws", "zod"],
  },
  // A new plugin, which it writes, imports the SDK of plugins.
  clientSetups: { rooms: ["protocol", "base"], packages: ["jsonc-parser", "smol-toml"] },
  cli: {
    rooms: ["serve/serveLibrary.ts", "plugins/bus", "client", "clientSetups", "protocol", "base"],
    packages: ["@modelcontextprotocol/client", "commander", "kiro-bridge", "ws"],
  },
  client: { rooms: ["protocol", "base"], packages: ["cockatiel", "eventsource-parser", "p-queue"] },
  docsPage: { rooms: ["client", "protocol"], packages: [] },
  server: {
    rooms: ["channel", "history", "access", "core", "protocol", "base"],
    packages: ["express", "better-sse", "helmet", "ws", "zod"],
  },
  agents: { rooms: ["core", "protocol", "base"], packages: ["cross-spawn", "strip-ansi", "zod"] },
  history: { rooms: ["core", "protocol", "base"], packages: ["zod"] },
  // What is needed of exports before there is a destination.
  "exports/door": { rooms: ["core", "protocol", "base"], packages: ["zod"] },
  // Read when the first destination is configured; the credentials of AWS when one of them needs those.
  "exports/exportsLibrary.ts": {
    rooms: ["exports/door", "exports", "history", "core", "protocol", "base"],
    packages: [],
  },
  "exports/awsLibrary.ts": {
    rooms: [],
    packages: [
      "@aws-sdk/credential-provider-env",
      "@aws-sdk/credential-provider-http",
      "@aws-sdk/credential-provider-ini",
      "@aws-sdk/credential-provider-node",
      "@aws-sdk/credential-provider-web-identity",
    ],
  },
  exports: {
    rooms: ["exports/door", "exports/awsLibrary.ts", "history", "core", "protocol", "base"],
    packages: [
      "@opentelemetry/api",
      "@opentelemetry/otlp-transformer",
      "@opentelemetry/sdk-metrics",
      "aws4fetch",
      "zod",
    ],
  },
  channel: { rooms: ["core", "protocol", "base"], packages: ["zod"] },
  access: { rooms: ["core", "protocol", "base"], packages: ["@node-oauth/oauth2-server", "jose", "zod"] },
  core: { rooms: ["protocol", "base"], packages: ["zod", "write-file-atomic", "cockatiel"] },
  protocol: { rooms: [], packages: ["@cfworker/json-schema", "zod", "zod-openapi"] },
  base: { rooms: [], packages: [] },
};

/** Rooms that run in a browser as well. */
export const forBrowsers = [
  "dashboard/page",
  "dashboard/state",
  "dashboard/contract",
  "docsPage",
  "client",
  "protocol",
  "base",
];

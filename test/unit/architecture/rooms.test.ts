import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { build } from "esbuild";

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
const rooms: Record<string, { readonly rooms: readonly string[]; readonly packages: readonly string[] }> = {
  "extension.ts": { rooms: ["host"], packages: ["vscode"] },
  host: {
    rooms: [
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
    rooms: ["plugins/bus", "client", "clientSetups", "protocol", "base"],
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
const forBrowsers = [
  "dashboard/page",
  "dashboard/state",
  "dashboard/contract",
  "docsPage",
  "client",
  "protocol",
  "base",
];

const root = join(import.meta.dirname, "../../../src");
const importPattern =
  /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+"([^"]+)"|(?:^|\n)\s*import\s+"([^"]+)"|\b(?:import|require)\("([^"]+)"\)/g;

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.split(sep).join("/"));

const imports: Import[] = files.flatMap((from) =>
  [...readFileSync(join(root, from), "utf8").matchAll(importPattern)]
    .map((match) => match[1] ?? match[2] ?? match[3] ?? "")
    .map((specifier) => ({ from, to: specifier.startsWith(".") ? inSrc(from, specifier) : specifier })),
);

function inSrc(from: string, specifier: string): string {
  return `src/${relative(root, join(root, dirname(from), specifier))
    .split(sep)
    .join("/")}`;
}

/** The parts of rooms that are rooms of their own. */
const ownParts: Readonly<Record<string, readonly string[]>> = {
  agents: ["models", "modelsLibrary.ts"],
  tools: ["servers", "mcpServers", "mcpToolsLibrary.ts"],
  exports: ["door", "exportsLibrary.ts", "awsLibrary.ts"],
};

/** The package of a path inside it: `@scope/name/dist/part.js` is of `@scope/name`. */
const packageOf = (specifier: string) => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
const roomOf = (file: string) => {
  const [room = file, part] = file.split("/");
  const isOwn = part !== undefined && ownParts[room]?.includes(part) === true;
  return isOwn || ["dashboard", "plugins", "gateways"].includes(room) ? `${room}/${part}` : room;
};

describe("The rooms of src", () => {
  it("are all in the table", () => {
    assert.deepEqual(
      [...new Set(files.map(roomOf))].filter((room) => !(room in rooms)),
      [],
    );
  });

  it("import downward only", () => {
    const forbidden = imports
      .filter(({ to }) => to.startsWith("src/"))
      .filter(({ from, to }) => roomOf(from) !== roomOf(to.slice(4)))
      .filter(({ from, to }) => !rooms[roomOf(from)]?.rooms.includes(roomOf(to.slice(4))));
    assert.deepEqual(forbidden, []);
  });

  it("use each package only where the table allows it", () => {
    const forbidden = imports
      .filter(({ to }) => !to.startsWith("src/") && !to.startsWith("node:"))
      .filter(({ from, to }) => !rooms[roomOf(from)]?.packages.includes(packageOf(to)));
    assert.deepEqual(forbidden, []);
  });

  it("keep browser code free of Node", () => {
    const bound = imports.filter(({ from, to }) => forBrowsers.includes(roomOf(from)) && to.startsWith("node:"));
    assert.deepEqual(bound, []);
  });

  it("can bundle the state of the dashboard for a browser", async () => {
    const entryPoints = files.filter((file) => roomOf(file) === "dashboard/state").map((file) => join(root, file));
    const options = { entryPoints, bundle: true, platform: "browser", write: false, outdir: "unused" } as const;
    const { warnings, outputFiles } = await build(options);
    assert.deepEqual(warnings, []);
    assert.equal(outputFiles.length, entryPoints.length);
  });

  it("have no import cycles", () => {
    const next = Map.groupBy(
      imports.filter(({ to }) => to.startsWith("src/")),
      ({ from }) => from,
    );
    const done = new Set<string>();
    const visit = (file: string, way: readonly string[]): void => {
      assert.ok(!way.includes(file), `circle: ${[...way, file].join(" → ")}`);
      if (done.has(file)) return;
      for (const { to } of next.get(file) ?? []) visit(to.slice(4), [...way, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
  });

  it("keeps extension.ts on one screen", () => {
    assert.ok(readFileSync(join(root, "extension.ts"), "utf8").split("\n").length <= 40);
  });
});

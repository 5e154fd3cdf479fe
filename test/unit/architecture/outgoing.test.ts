import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

const root = join(import.meta.dirname, "../../../src");
const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

/** What reaches another program over a network, or has the editor do so. */
const ways: readonly RegExp[] = [
  /^import (?!type\b)[^;]*from "node:(?:https|http2|tls|dns|dgram|inspector)"/m,
  /^import (?!type\b)[^;]*\b(?:get|request|ClientRequest|createConnection|connect)\b[^;]* from "node:(?:http|net)"/m,
  /\bfetch\(/,
  /\bnew (?:WebSocket|EventSource|XMLHttpRequest)\(/,
  /\bnats\.connect\(/,
  /\bopenExternal\b|\bTelemetry|\bsendBeacon\b/,
];

/** Who calls whom, and what for. */
const callers: Readonly<Record<string, RegExp>> = {
  // Its own port and the addresses of the discovery folder, to see who is there.
  "server/listen/portProbe.ts": /export async function whoIsAt\(url: string/,
  // The window of this user that owns the address.
  "windows/link/dialLink.ts":
    /new WebSocket\(`ws:\/\/\$\{authorityOf\(options\.host, options\.port\)\}\$\{LINK_PATH\}`/,
  // The same, over a stream of its link.
  "dashboard/channel/relay/dashboardRelay.ts":
    /new WebSocket\(this\.#url, \{\s+agent: new StreamAgent\(this\.#deps\.link\),/,
  // The bridge that the page was loaded from; the page's policy allows no other address.
  "dashboard/page/browser/bridgeCalls.ts": /await fetch\(new URL\(path, this\.#base\), /,
  "dashboard/page/browser/browserSession.ts": /const socket = new WebSocket\(url\);/,
  // The texts of the page, next to its script.
  "dashboard/page/l10n/pageLanguage.ts": /await load\(new URL\(`l10n\.\$\{language\}\.json`, pageScript\)\.href\)/,
  // The address of an issuer's keys, which the user has set.
  "access/jwt/fetchKeys.ts": /fetch\(url, \{ headers, signal, redirect: "manual" \}\)/,
  // The vendors of models that the user has set, and where their keys are issued.
  "agents/models/http/watchedFetch.ts": /return await fetch\(url, \{ \.\.\.request, redirect: "manual" \}\)/,
  // The destinations of exports that the user has set.
  "exports/http/exchange.ts": /create\(url, \{ method, headers, agent, signal, /,
  // Looks up the names of these for the connection, and refuses private addresses.
  "exports/http/privateAddress.ts": /lookup: LookupFunction = systemLookup/,
  // Keeps their connections.
  "exports/http/createSend.ts": /new TlsAgent\(\{ \.\.\.options, rejectUnauthorized: true \}\)/,
  // The MCP servers that the user has set.
  "tools/mcpServers/boundedFetch.ts": /await fetch\(url, \{ \.\.\.init, redirect: "error" \}\)/,
  // The other windows of the user, over the streams of their links.
  "windows/forward/streamWindow.ts": /createRequest\(\{ agent: this\.#agent, /,
  // The same, to its bus.
  "plugins/endpoints/wire/ownerChannel.ts": /agent: new StreamAgent\(link\)/,
  // The NATS servers that the user has set.
  "plugins/nats/link.ts": /nats\.connect\(await this\.#connectionOptions\(\)\)/,
  // Analytics, where the user has switched them on and has said where they go.
  "host/analytics/postHogSender.ts": /await fetch\(new URL\("batch\/", url\), \{ \.\.\.request, redirect: "error" \}\)/,
  // The bridge of this window.
  "host/palette/serverCommands.ts": /fetch\(`\$\{bridge\.url\}\/health`/,
  // The SDK, in other programs: the address that its caller has given.
  "client/socket/openSocket.ts": /new WebSocket\(url, protocols\)/,
  "client/http/baseSend.ts":
    /const url = endpoint\.url \+ request\.path \+ queryOf\(request\.query\);\s+for \(;;\) \{\s+try \{\s+return await fetch\(url, init\)/,
  // The SDK of plugins, in other programs: the bridge that has started them, or that their user has chosen.
  "plugins/sdk/connection/openBusChannel.ts": /this\.#connect\(`\$\{url\.replace\(\/\^http\/, "ws"\)\}\$\{PATH\}/,
  // The command line, a program of its own: the bridge that the user has chosen, and whoever is in its place.
  "cli/commands/watch.ts": /return await fetch\(\.\.\.request\)/,
  "cli/connection/probe.ts": /fetch\(new URL\(`\/health\?\$\{query/,
  "cli/mcp/relay.ts": /await fetch\(input, init\)/,
  "cli/terminal/runTerminal.ts": /new WebSocket\(url, SUBPROTOCOL, \{/,
  // In the browser, of the bridge that the page came from.
  "server/routes/pages/docsPage.ts": /fetch\("\/openapi\.json"\)/,
};

describe("The bridge", () => {
  it("connects only to itself, other bridges, and the issuers, NATS servers, models, MCP servers, destinations and analytics that the user has set", () => {
    const found = files.filter((file) => ways.some((way) => way.test(readFileSync(join(root, file), "utf8"))));
    assert.deepEqual(found.map((file) => file.replaceAll(sep, "/")).toSorted(), Object.keys(callers).toSorted());
    for (const [file, call] of Object.entries(callers)) {
      const text = readFileSync(join(root, file), "utf8");
      assert.match(text, call);
      assert.ok((text.match(/\bfetch\(/g) ?? []).length <= 1, file);
    }
  });
});

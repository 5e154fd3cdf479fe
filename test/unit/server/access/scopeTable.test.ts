import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { join } from "node:path";
import type { RequestHandler } from "express";
import { systemClock } from "../../../../src/base/clock.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { eventScopes } from "../../../../src/core/access/visibleEvent.ts";
import type { ScopeRule } from "../../../../src/protocol/access.ts";
import { eventPayloads } from "../../../../src/protocol/events.ts";
import { socketMethods, socketScopes } from "../../../../src/protocol/socket.ts";
import type { BridgeModule } from "../../../../src/bridge/bridgeModule.ts";
import { isExempt } from "../../../../src/server/guards/exempt.ts";
import { sendJson } from "../../../../src/server/http/answers.ts";
import { addResource, type ResourceMethods } from "../../../../src/server/http/resource.ts";
import { LinkEndpoint } from "../../../../src/windows/link/linkEndpoint.ts";
import { Endpoints } from "../../../support/checks/endpoints.ts";
import { makeCore } from "../../../support/core.ts";

const contract = join(import.meta.dirname, "../../../../docs/wire-contract.md");
/** The endpoint of links, which a bridge has where it shares its address with other windows. */
const link: BridgeModule = {
  sockets: () => [
    new LinkEndpoint({
      key: { get: () => Promise.resolve(Buffer.alloc(32)) },
      self: () => ({ id: "1", pid: 1, editor: "Test", workspaceFolders: [] }),
      mayAccept: () => true,
      onLink: () => undefined,
      clock: systemClock,
      logger: silentLogger,
    }),
  ],
};
const { routes, upgrades, ofLinks, ofAgents, others } = new Endpoints(makeCore({ modules: [link] }));

function isPublic({ method, path }: { readonly method: string; readonly path: string }): boolean {
  const request = new IncomingMessage(new Socket());
  Object.assign(request, { method, url: path });
  return isExempt(request);
}

/** The whole table, in Markdown. */
function table(): string {
  const rows = [
    ...[...routes, ...upgrades].map(({ method, path, scope }) => row(`\`${method} ${path}\``, scope)),
    ...Object.entries(socketScopes).map(([method, scope]) => row(`method \`${method}\``, scope)),
    ...Object.entries(eventScopes).map(([type, scopes]) => row(`event \`${type}\``, ruleOf(scopes))),
  ];
  return ["| Endpoint, WebSocket method or event | Scope |", "|---|---|", ...rows].join("\n");
}

function row(name: string, scope: ScopeRule | undefined): string {
  const words = typeof scope === "string" && !scope.includes(":") ? `(${scope})` : undefined;
  return `| ${name} | ${
    words ??
    [scope ?? "none"]
      .flat()
      .map((one) => `\`${one}\``)
      .join(" or ")
  } |`;
}

/** An empty list means any principal. */
function ruleOf([first, ...rest]: (typeof eventScopes)[keyof typeof eventScopes]): ScopeRule {
  return first === undefined ? "any" : rest.length === 0 ? first : [first, ...rest];
}

describe("The table of scopes", () => {
  it("has a scope for every route of every module, and for every upgrade", () => {
    assert.ok(routes.length >= 20 && upgrades.length >= 3);
    assert.deepEqual(
      [...routes, ...upgrades].filter(({ scope }) => scope === undefined),
      [],
    );
  });

  it("has the routes for agents, which check tokens of their own", () => {
    assert.deepEqual(
      ofAgents.map(({ method, scope }) => [method, scope]),
      [
        ["GET", "public"],
        ["POST", "public"],
        ["DELETE", "public"],
      ],
    );
    for (const endpoint of ofAgents) assert.ok(isPublic(endpoint));
  });

  it("has no endpoint for links that less than managing access opens", () => {
    assert.ok(ofLinks.length >= 5);
    for (const { path, scope } of ofLinks) assert.equal(scope, "access:manage", path);
  });

  it("has only known handlers outside routes, none of which answers a request of its own", () => {
    const known = ["passGate", "helmetMiddleware", "countRequest", "passGateways", "nothingThere"];
    known.push("handleError", "rejectOtherMethod");
    assert.deepEqual(new Set(others), new Set(known));
  });

  it("fails for a route and for a handler that bypass addResource", () => {
    const answer: RequestHandler = (_request, response) => sendJson(response, 200, {});
    const module: BridgeModule = {
      routes(router) {
        router.get("/bypass", answer);
        router.use("/deeper", answer);
      },
    };
    const found = new Endpoints(makeCore({ modules: [module] }));
    assert.deepEqual(
      found.routes.filter(({ scope }) => scope === undefined),
      [{ method: "GET", path: "/bypass", scope: undefined }],
    );
    assert.ok(found.others.includes(answer.name));
  });

  it("does not compile with a handler without a scope", () => {
    const answer: RequestHandler<Record<string, string>> = (_request, response) => sendJson(response, 200, {});
    // @ts-expect-error -- the scope is missing
    const methods: ResourceMethods = { get: answer };
    assert.ok(methods.get !== undefined && addResource.length === 3);
  });

  it("lets in without a token exactly the public routes", () => {
    for (const endpoint of routes) assert.equal(endpoint.scope === "public", isPublic(endpoint), endpoint.path);
    assert.deepEqual(
      upgrades.filter(({ scope }) => scope === "public").map(({ path }) => path),
      ["/link"],
    );
  });

  it("has every method of a WebSocket and every type of event", () => {
    assert.deepEqual(Object.keys(socketScopes), Object.keys(socketMethods));
    assert.deepEqual(Object.keys(eventScopes).toSorted(), Object.keys(eventPayloads).toSorted());
  });

  it("is in the wire contract", () => {
    const text = readFileSync(contract, "utf8");
    const start = text.indexOf("| Endpoint, WebSocket method or event |");
    assert.equal(text.slice(start, text.indexOf("\n\n", start)), table());
  });
});

import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { owner, type Principal } from "../../../../src/core/access/principal.ts";
import { CALLER_HEADER, callerText } from "../../../../src/server/guards/callerHeader.ts";
import { ForwardedCallers, type KnownPrincipals, nobodyKnown } from "../../../../src/server/guards/forwardedCaller.ts";
import { isBridgeError } from "../../../../src/protocol/errors.ts";
import { type FakeAccess, type FakePrincipal, FakePrincipals } from "../../../support/fakePrincipals.ts";

const principals = new FakePrincipals();
const make = (access: FakeAccess = {}): FakePrincipal => principals.add("abc", access);

function requestOf(text: string | undefined): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  if (text !== undefined) request.headers[CALLER_HEADER] = text;
  return request;
}

function sent(principal: Principal): IncomingMessage {
  return requestOf(callerText({ principal, via: "http" }));
}

function knowing(...own: readonly Principal[]): KnownPrincipals {
  return { find: (id) => own.find((principal) => principal.id === id && principal.isActive), hasEnded: () => false };
}

const isRefused = (error: unknown): boolean => isBridgeError(error) && error.code === "AUTHENTICATION_FAILED";

describe("The caller of a forwarded request", () => {
  it("is the owner, or the user of the editor", () => {
    const callers = new ForwardedCallers(nobodyKnown);
    for (const via of ["http", "websocket", "editor"] as const) {
      const caller = callers.callerOf(requestOf(callerText({ principal: owner, via })));
      assert.equal(caller.principal, owner);
      assert.equal(caller.via, via);
    }
  });

  it("is an agent in an execution of the other window", () => {
    const callers = new ForwardedCallers(nobodyKnown);
    const parent = { executionId: "exec-1", depth: 2, rootId: "exec-0" };
    const { via, parent: read } = callers.callerOf(requestOf(callerText({ principal: owner, via: "agent", parent })));
    assert.equal(via, "agent");
    assert.deepEqual(read, { ...parent, isElsewhere: true });
    const other = { executionId: "exec-2", depth: 1 };
    const again = callers.callerOf(requestOf(callerText({ principal: owner, via: "agent", parent: other })));
    assert.equal(again.parent?.executionId, "exec-2");
  });

  it("is the record of this window if both have the same", () => {
    const access = { commands: { deny: ["a"] }, limits: { running: 2 }, expiresAt: Date.now() + 1e6 };
    const own = make(access);
    const callers = new ForwardedCallers(knowing(own));
    assert.equal(callers.callerOf(sent(make(access))).principal, own);
  });

  it("has what both windows allow, if they differ", () => {
    const own = make({
      scopes: ["status:read", "commands:run", "events:read:own"],
      commands: { allow: ["a", "b"], deny: ["x"] },
      limits: { running: 2, queued: 9 },
      expiresAt: Date.now() + 2e6,
    });
    const other = make({
      scopes: ["status:read", "agents:prompt", "events:read"],
      commands: { allow: ["b", "c"], deny: ["y"] },
      limits: { running: 5, connections: 3 },
      expiresAt: Date.now() + 1e6,
    });
    const { principal } = new ForwardedCallers(knowing(own)).callerOf(sent(other));
    assert.deepEqual(principal.scopes.granted.toSorted(), ["events:read:own", "status:read"]);
    assert.deepEqual(principal.commands, { allow: ["b"], deny: ["x", "y"] });
    assert.deepEqual(principal.limits, { running: 2, queued: 9, connections: 3 });
    assert.equal(principal.expiresAt, other.expiresAt);
  });

  it("loses its access with the record of this window, and gets that of a new one", () => {
    const old = make({ scopes: ["status:read"] });
    const own: Principal[] = [old];
    const callers = new ForwardedCallers({
      find: (id) => own.find((principal) => principal.id === id && principal.isActive),
      hasEnded: () => own.length === 0,
    });
    const request = sent(make({ scopes: ["status:read", "commands:run"] }));
    const { principal } = callers.callerOf(request);
    assert.equal(principal.isActive, true);
    old.isActive = false;
    assert.equal(principal.isActive, false);
    const renewed = make({ scopes: ["status:read", "commands:run"] });
    own.splice(0, 1, renewed);
    assert.equal(callers.callerOf(request).principal, renewed);
    own.length = 0;
    assert.throws(() => callers.callerOf(request), isRefused);
  });

  it("has what was sent if this window does not know it, such as a service account, until that ends", () => {
    const ended = new Set<string>();
    const callers = new ForwardedCallers({ find: () => undefined, hasEnded: (id) => ended.has(id) });
    const service = principals.add("jwt-1", { kind: "service", name: "Größe 😀\u2028", role: "viewer" });
    const { principal } = callers.callerOf(sent(service));
    assert.equal(principal.name, service.name);
    assert.equal(principal.kind, "service");
    assert.deepEqual(principal.scopes.granted, service.scopes.granted);
    ended.add("jwt-1");
    assert.equal(principal.isActive, false);
    assert.throws(() => callers.callerOf(sent(service)), isRefused);
    const expired = principals.add("jwt-2", { kind: "service", expiresAt: Date.now() - 1 });
    assert.throws(() => callers.callerOf(sent(expired)), isRefused);
  });

  it("is not accepted if it is malformed, or claims to be the owner or the user of the editor", () => {
    const callers = new ForwardedCallers(nobodyKnown);
    const valid = { id: "a", name: "A", kind: "client", scopes: [], limits: {}, via: "http" };
    assert.equal(callers.callerOf(requestOf(JSON.stringify(valid))).principal.id, "a");
    const wrong = [
      undefined,
      "",
      "{",
      "null",
      "[]",
      JSON.stringify({ ...valid, id: "owner" }),
      JSON.stringify({ ...valid, kind: "owner" }),
      JSON.stringify({ ...valid, via: "editor" }),
      JSON.stringify({ ...valid, via: "nonsense" }),
      JSON.stringify({ ...valid, scopes: "all" }),
      JSON.stringify({ ...valid, limits: { running: -1 } }),
      `${JSON.stringify(valid)}, ${JSON.stringify(valid)}`,
    ];
    for (const text of wrong) assert.throws(() => callers.callerOf(requestOf(text)), isRefused, text);
  });

  it("loses the scopes that this version does not know", () => {
    const text = JSON.stringify({
      id: "a",
      name: "A",
      kind: "client",
      scopes: ["status:read", "later:scope"],
      limits: {},
      via: "sse",
    });
    const { principal } = new ForwardedCallers(nobodyKnown).callerOf(requestOf(text));
    assert.deepEqual(principal.scopes.granted, ["status:read"]);
  });
});

import assert from "node:assert/strict";
import { AccessStore } from "../../../src/access/accessStore.ts";
import type { NewClient } from "../../../src/access/grant.ts";
import { type PairAsk, Pairings, PAIRING_MS } from "../../../src/access/pairings.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { type AuditEntry, noAudit } from "../../../src/core/access/audit.ts";
import { type Caller, editorUser } from "../../../src/core/access/principal.ts";
import type { CommandRules, GrantedScope, PrincipalLimits } from "../../../src/protocol/access.ts";
import { FakePrincipals } from "../../support/fakePrincipals.ts";
import { MemoryAccess } from "../../support/memoryAccess.ts";
import { TestClock } from "../../support/testClock.ts";

const allow = { decision: "allow" } as const;
const deny = { decision: "deny" } as const;

describe("Pairing", () => {
  let store: AccessStore;
  let pairings: Pairings;
  let clock: TestClock;
  let entries: AuditEntry[];
  const principals = new FakePrincipals();

  beforeEach(async () => {
    clock = TestClock.stopped();
    entries = [];
    store = new AccessStore({ storage: new MemoryAccess(), audit: noAudit, logger: silentLogger });
    await store.ready;
    pairings = new Pairings({ store, audit: { note: (entry) => entries.push(entry) } });
  });

  afterEach(async () => {
    await pairings.dispose();
    await store.dispose();
    clock.release();
  });

  const ask = (name = "Tool", more: Partial<PairAsk> = {}) =>
    pairings.ask({ name, scopes: ["status:read", "commands:run"], ...more });

  const manager = (access: {
    scopes: GrantedScope[];
    commands?: CommandRules;
    limits?: PrincipalLimits;
    expiresAt?: number;
  }): Caller => ({ principal: principals.add("manager", access), via: "http" });

  async function collected(secret: string): Promise<NewClient | undefined> {
    const poll = pairings.poll(secret);
    let made: NewClient | undefined;
    await poll.collect(async (given) => {
      made = given;
      return true;
    });
    await poll.dispose();
    return made;
  }

  it("gives the token once, with what was asked for", async () => {
    const commands = { allow: ["test.*"] };
    const { request, secret } = ask("Tool", { commands, limits: { running: 1 } });
    assert.match(request.code, /^[A-Z2-9]{4}-[A-Z2-9]{4}$/);
    assert.equal(await collected(secret), undefined);
    assert.deepEqual(
      pairings.pending.map(({ id }) => id),
      [request.id],
    );
    pairings.decide(request.id, allow, editorUser);
    assert.deepEqual([pairings.pending, store.list()], [[], []]);
    const made = await collected(secret);
    const principal = store.authenticate(made?.token ?? "");
    assert.deepEqual(
      [principal?.name, principal?.scopes.granted, principal?.commands, principal?.limits, principal?.expiresAt],
      ["Tool", ["status:read", "commands:run"], commands, { running: 1 }, undefined],
    );
    assert.equal(pairings.poll(secret).state.kind, "collected");
    assert.equal(store.list().length, 1);
  });

  it("revokes a token that was not delivered, and gives another one", async () => {
    const { request, secret } = ask();
    pairings.decide(request.id, allow, editorUser);
    const poll = pairings.poll(secret);
    const lost: NewClient[] = [];
    await poll.collect(async (made) => {
      lost.push(made);
      return false;
    });
    await assert.rejects(
      poll.collect(async (made) => {
        lost.push(made);
        throw new Error("the connection broke");
      }),
      /broke/,
    );
    await poll.dispose();
    assert.deepEqual(
      lost.map(({ token }) => store.authenticate(token)),
      [undefined, undefined],
    );
    const made = await collected(secret);
    assert.ok(store.authenticate(made?.token ?? "") !== undefined);
    assert.equal(store.list().length, 1);
  });

  it("lets one program at a time look at a request, by its secret alone", () => {
    const { request, secret } = ask();
    const poll = pairings.poll(secret);
    assert.throws(() => pairings.poll(secret), { code: "CONFLICT" });
    void poll.dispose();
    void pairings.poll(secret).dispose();
    for (const guess of [request.code, request.id, "", secret.slice(1), `${secret}x`])
      assert.throws(() => pairings.poll(guess), { code: "NOT_FOUND" });
    assert.ok(!JSON.stringify([request, pairings.pending]).includes(secret));
  });

  it("takes one request for each name, however it is written, and three in all", () => {
    const first = ask("My Tool");
    for (const name of ["My Tool", "my  tool", "Ｍy Tool"])
      assert.throws(() => ask(name), { code: "RATE_LIMIT_EXCEEDED" });
    ask("B");
    ask("C");
    assert.throws(() => ask("D"), { code: "RATE_LIMIT_EXCEEDED", context: { limit: 3 } });
    pairings.decide(first.request.id, deny, editorUser);
    ask("My Tool");
    assert.throws(() => ask("D"), { code: "RATE_LIMIT_EXCEEDED" });
  });

  it("remembers denied and expired requests for a while, and only some of them", () => {
    const denied = ask("A");
    pairings.decide(denied.request.id, deny, editorUser);
    assert.equal(pairings.poll(denied.secret).state.kind, "denied");
    const expired = ask("B");
    clock.pass(PAIRING_MS);
    assert.equal(pairings.poll(expired.secret).state.kind, "expired");
    assert.throws(() => pairings.decide(expired.request.id, allow, editorUser), { code: "CONFLICT" });
    assert.throws(() => pairings.poll(denied.secret), { code: "NOT_FOUND" });
    for (let count = 0; count < 60; count++) pairings.decide(ask(`C${count}`).request.id, deny, editorUser);
    assert.throws(() => pairings.poll(expired.secret), { code: "NOT_FOUND" });
  });

  it("ends an allowed request whose token nobody collects", async () => {
    const { request, secret } = ask();
    clock.pass(PAIRING_MS - 1);
    pairings.decide(request.id, allow, editorUser);
    clock.pass(PAIRING_MS - 1);
    assert.equal(pairings.poll(secret).state.kind, "allowed");
    clock.pass(1);
    assert.deepEqual(store.list(), []);
    assert.throws(() => pairings.poll(secret), { code: "CONFLICT" });
  });

  it("grants fewer scopes than asked for, but no other", async () => {
    const { request, secret } = ask();
    const wider = { ...allow, scopes: ["status:read", "terminal:open"] satisfies GrantedScope[] };
    assert.throws(() => pairings.decide(request.id, wider, editorUser), {
      code: "VALIDATION_FAILED",
      message: /terminal:open was not asked for/,
    });
    pairings.decide(request.id, { ...allow, scopes: ["status:read"], hours: 1 }, editorUser);
    const { client } = (await collected(secret)) ?? {};
    assert.deepEqual(client?.scopes, ["status:read"]);
    const lifetimeMs = Date.parse(client.expiresAt ?? "") - Date.parse(request.askedAt);
    assert.ok(lifetimeMs >= 3_600_000 && lifetimeMs < 3_700_000, String(lifetimeMs));
  });

  it("grants nothing that the one who decides does not have", async () => {
    const { request } = ask();
    const few = manager({ scopes: ["access:manage", "status:read"] });
    assert.throws(() => pairings.decide(request.id, allow, few), { context: { rule: "scope", scope: "commands:run" } });
    const none = manager({ scopes: ["status:read", "commands:run"] });
    for (const decision of [allow, deny])
      assert.throws(() => pairings.decide(request.id, decision, none), {
        context: { rule: "scope", scope: "access:manage" },
      });
    assert.equal(pairings.pending.length, 1);
  });

  it("passes on the rules, limits and expiry of the one who decides", async () => {
    const scopes: GrantedScope[] = ["access:manage", "status:read", "commands:run"];
    const expiresAt = Date.now() + 60_000;
    const by = manager({
      scopes,
      commands: { allow: ["a.*", "b.*"], deny: ["a.x"] },
      limits: { running: 2 },
      expiresAt,
    });
    const { request, secret } = ask("A", {
      commands: { allow: ["a.*"], deny: ["a.y"] },
      limits: { running: 5, queued: 1 },
    });
    pairings.decide(request.id, { ...allow, hours: 5 }, by);
    const { client } = (await collected(secret)) ?? {};
    assert.deepEqual(client?.commands, { allow: ["a.*"], deny: ["a.x", "a.y"] });
    assert.deepEqual([client.limits, client.expiresAt], [{ running: 2, queued: 1 }, new Date(expiresAt).toISOString()]);
    const wide = ask("B", { commands: { allow: ["*"] } });
    assert.throws(() => pairings.decide(wide.request.id, allow, by), { context: { rule: "commands" } });
    const plain = ask("C");
    pairings.decide(plain.request.id, allow, by);
    assert.deepEqual((await collected(plain.secret))?.client.commands, { allow: ["a.*", "b.*"], deny: ["a.x"] });
  });

  it("gives no token of someone whose own access has ended since", async () => {
    const { request, secret } = ask();
    const principal = principals.add("manager", { role: "owner" });
    pairings.decide(request.id, allow, { principal, via: "http" });
    principals.end(principal);
    assert.equal(await collected(secret), undefined);
    assert.equal(pairings.poll(secret).state.kind, "expired");
  });

  it("notes requests and decisions in the audit log", async () => {
    const { request } = ask();
    pairings.decide(request.id, allow, editorUser);
    pairings.decide(ask("B").request.id, deny, editorUser);
    ask("C");
    clock.pass(PAIRING_MS);
    assert.deepEqual(
      entries.map((entry) => [entry.kind, "name" in entry && entry.name]),
      [
        ["pairing-requested", "Tool"],
        ["pairing-allowed", "Tool"],
        ["pairing-requested", "B"],
        ["pairing-denied", "B"],
        ["pairing-requested", "C"],
        ["pairing-expired", "Tool"],
        ["pairing-expired", "C"],
      ],
    );
  });
});

import assert from "node:assert/strict";
import { silentLogger } from "../../../../../src/base/logger.ts";
import type { Caller } from "../../../../../src/core/access/principal.ts";
import { BrowserDashboard } from "../../../../../src/dashboard/channel/browser/browserDashboard.ts";
import { dashboardDepsOf } from "../../../../../src/dashboard/channel/bridgeDeps.ts";
import { BridgeError, isBridgeError } from "../../../../../src/protocol/errors.ts";
import { type Core, makeCore } from "../../../../support/core.ts";
import { FakePrincipals } from "../../../../support/fakePrincipals.ts";
import { MemoryAccess } from "../../../../support/memoryAccess.ts";
import { until } from "../../../../support/until.ts";

describe("BrowserDashboard, for a page that reads slowly", () => {
  let core: Core;
  let dashboard: BrowserDashboard;
  let posted: object[];
  let closed: BridgeError[];
  let drained: (() => void)[];
  const connection = {
    isBehind: false,
    onceDrained: (listener: () => void) => void drained.push(listener),
    post: (message: object): void => void posted.push(message),
  };
  const caller: Caller = { principal: new FakePrincipals().add("page", { role: "owner" }), via: "websocket" };

  beforeEach(async () => {
    core = makeCore({ accessStorage: new MemoryAccess() });
    posted = [];
    closed = [];
    drained = [];
    connection.isBehind = false;
    connection.post = (message) => void posted.push(message);
    dashboard = new BrowserDashboard(
      {
        deps: dashboardDepsOf(core, undefined, caller),
        connection,
        admit: () => undefined,
        forget: () => Promise.resolve(),
        toError: (thrown) => (isBridgeError(thrown) ? thrown : new BridgeError("INTERNAL_ERROR")),
        onRefused: () => undefined,
        close: (why) => closed.push(why),
        logger: silentLogger,
      },
      { url: "http://127.0.0.1:1", version: "0.1.0" },
    );
    await dashboard.handle({ id: 1, method: "subscribe", params: {} });
  });
  afterEach(() => dashboard.dispose());

  const requestsIn = (push: object | undefined): number => {
    const access: unknown = Reflect.get(push ?? {}, "access");
    const requests: unknown = Reflect.get(Object(access), "requests");
    return Array.isArray(requests) ? requests.length : -1;
  };

  it("holds the latest of what only matters at the end, until the page has read", async () => {
    connection.isBehind = true;
    core.access.pairings.ask({ name: "one", scopes: ["status:read"] });
    await until(() => drained.length === 1);
    core.access.pairings.ask({ name: "two", scopes: ["status:read"] });
    connection.isBehind = false;
    await until(() => core.access.pairings.pending.length === 2);
    assert.deepEqual(posted, []);
    drained[0]?.();
    const [access] = posted;
    assert.ok(requestsIn(access) >= 1);
    assert.equal(drained.length, 1, "one wait for all");
  });

  it("ends the connection of a page that cannot be told", async () => {
    connection.post = () => {
      throw new BridgeError("RATE_LIMIT_EXCEEDED", "Too much is unread.");
    };
    core.access.pairings.ask({ name: "one", scopes: ["status:read"] });
    await until(() => closed.length > 0);
    assert.equal(closed[0]?.code, "RATE_LIMIT_EXCEEDED");
  });
});

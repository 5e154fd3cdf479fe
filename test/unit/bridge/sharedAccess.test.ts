import assert from "node:assert/strict";
import { AccessFile } from "../../../src/access/accessFile.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import { type Answer, type Call, callPort, RawConnection } from "../../support/httpClient.ts";
import { SocketClient } from "../../support/socketClient.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";
import { startTestBridge, type TestBridge } from "../../support/testBridge.ts";
import { until } from "../../support/until.ts";

const EXECUTE = "/api/kiro/execute";

describe("Two windows that share their clients", function () {
  this.timeout(120_000);
  let folder: string;
  let here: TestBridge;
  let there: TestBridge;
  const release: (() => void)[] = [];

  beforeEach(async () => {
    folder = await temporaryFolder();
    const commands = { "test.waits": () => new Promise<void>((resolve) => release.push(resolve)) };
    const lanes = { concurrency: 1, maxQueued: 10 };
    const open = () => startTestBridge({ commands, lanes, accessStorage: new AccessFile(folder, silentLogger) });
    [here, there] = [await open(), await open()];
  });

  afterEach(async () => {
    for (const end of release.splice(0)) end();
    await Promise.all([here.dispose(), there.dispose()]);
    await removeFolder(folder);
  });

  /** Lets a program in, here, as a program does it with the user's help. */
  async function pair(role: string): Promise<{ id: string; token: string }> {
    const asked = await callPort(here.port, "/api/kiro/pair", { body: { name: "Tool", role } });
    const [{ id } = assert.fail()] = here.core.access.pairings.pending;
    await here.call(`/api/kiro/access/requests/${id}`, { body: { decision: "allow" } });
    const { token, client } = (await callPort(here.port, String(asked.headers.location))).json;
    return { id: Object(client)["id"], token: String(token) };
  }

  const callThere = (token: string, path: string, { headers, ...call }: Call = {}): Promise<Answer> =>
    callPort(there.port, path, { ...call, headers: { Authorization: `Bearer ${token}`, ...headers } });
  const isLetIn = async (token: string): Promise<boolean> =>
    (await callThere(token, "/api/kiro/access/me")).status === 200;

  it("let in a client that paired in the other one", async () => {
    const { id, token } = await pair("ci");
    await until(() => isLetIn(token));
    const { status, json } = await callThere(token, EXECUTE, { body: { command: "test.echo", args: ["hello"] } });
    assert.deepEqual([status, json["output"]], [200, "hello"]);
    const { requestedBy } = (await there.call(`/api/kiro/executions/${String(json["executionId"])}`)).json;
    assert.equal(Object(requestedBy)["principal"].id, id);
  });

  it("end everything of a client that is revoked in the other one", async () => {
    const { id, token } = await pair("ci");
    await until(() => isLetIn(token));
    const socket = await SocketClient.open(there, { token });
    const stream = new RawConnection(there.port).write(
      `GET /api/kiro/events HTTP/1.1\r\nHost: 127.0.0.1:${there.port}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    );
    await stream.receives(/connection-ready/);
    const run = async (): Promise<string> => {
      const call = { body: { command: "test.waits" }, headers: { Prefer: "respond-async" } };
      return String((await callThere(token, EXECUTE, call)).json["executionId"]);
    };
    const [, queued] = [await run(), await run()];
    const waiting = callThere(token, `/api/kiro/executions/${queued}?wait=50`);
    await until(() => there.core.clients.size === 3);
    const { status } = await here.call(`/api/kiro/access/clients/${id}`, { method: "DELETE" });
    assert.equal(status, 200);
    assert.equal((await socket.closed).code, 4401);
    await stream.ended;
    // Its execution was ended, or its connection was ended; either way it does not wait any longer.
    assert.ok([200, 401].includes((await waiting).status));
    assert.equal((await callThere(token, EXECUTE, { body: { command: "test.echo" } })).status, 401);
    const { json } = await there.call(`/api/kiro/executions/${queued}`);
    assert.deepEqual([json["status"], json["code"]], ["failed", "AUTHENTICATION_FAILED"]);
  });

  it("revoke different clients at once", async () => {
    const made = [];
    for (let count = 0; count < 4; count++) made.push(await pair("viewer"));
    for (const { token } of made) await until(() => isLetIn(token));
    const revoked = await Promise.all(
      made.map(({ id }, index) =>
        (index % 2 === 0 ? here : there).call(`/api/kiro/access/clients/${id}`, { method: "DELETE" }),
      ),
    );
    assert.deepEqual(
      revoked.map(({ status }) => status),
      [200, 200, 200, 200],
    );
    for (const bridge of [here, there])
      await until(async () => Object((await bridge.call("/api/kiro/access/clients")).json)["clients"].length === 0);
    for (const { token } of made) assert.equal(await isLetIn(token), false);
  });
});

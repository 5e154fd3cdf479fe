import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { silentLogger } from "../../../../src/base/logger.ts";
import type { composeBridge as Compose } from "../../../../src/bridge/composeBridge.ts";
import { fakeSay } from "../../../fixtures/simulator/directive.ts";
import { FakeEditor, FakeWindow } from "../../../support/fakePorts.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import { callPort } from "../../../support/httpClient.ts";
import { EchoTerminal } from "../../../support/programs/fakeTerminal.ts";
import { simulatedKiro } from "../../../support/simulatedKiro.ts";
import { buildSeparateBundles } from "../../../support/programs/separateBundles.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { TEST_TOKEN } from "../../../support/testBridge.ts";

/** Each bundle has its own state of every module: what the guards know of a request must be known to the gateways. */
describe("The gateways in bundles of their own", function () {
  this.timeout(120_000);
  let folder: string;

  before(async () => {
    folder = await temporaryFolder();
    await buildSeparateBundles(folder, ["gateways/gatewaysLibrary.ts", "gateways/mcpLibrary.ts"]);
  });
  after(() => removeFolder(folder));

  it("know the principal of a request, and respond with the errors of the catalog in the form of their API", async () => {
    const { composeBridge }: { composeBridge: typeof Compose } = createRequire(join(folder, "x.cjs"))("./bridge.cjs");
    const principals = new FakePrincipals();
    const client = principals.add("client", { scopes: ["agents:prompt"] });
    const window = new FakeWindow();
    window.folders = [folder];
    const bridge = await composeBridge(
      {
        editor: new FakeEditor({}),
        window,
        logger: silentLogger,
        settings: () => () => undefined,
        token: () => TEST_TOKEN,
        version: "0.1.0",
        folders: { extension: folder, storage: join(folder, "storage"), discovery: join(folder, "home") },
      },
      {
        createKiro: (events) =>
          simulatedKiro({
            folder,
            isInstalled: true,
            report: (event) => events.append(event),
            terminals: { open: async () => new EchoTerminal() },
          }),
        server: {
          authenticator: principals,
          listen: {
            port: 0,
            host: "127.0.0.1",
            portConflict: "fail",
            receiveTimeoutMs: 30_000,
            describeOwner: async () => "",
          },
        },
      },
    );
    const { server, core } = bridge;
    const chat = (body: object, token = client.token) =>
      callPort(server.port, "/v1/chat/completions", { body, headers: { Authorization: `Bearer ${token}` } });
    try {
      const messages = [{ role: "user", content: `Hi ${fakeSay("Hello.")}` }];
      const answer = await chat({ model: "kiro", messages });
      assert.equal(answer.status, 200, answer.text);
      const [execution] = core.executions.all.values();
      assert.equal(execution?.requestedBy?.principal?.id, "client");
      const unknown = await chat({ model: "none", messages });
      assert.deepEqual([unknown.status, Object(unknown.json["error"]).code], [404, "model_not_found"]);
      assert.equal((await chat({ model: "kiro", messages }, "wrong")).status, 401);
    } finally {
      await bridge.dispose();
    }
  });
});

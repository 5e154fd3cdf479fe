import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { slimSdks } from "../../../../scripts/bundles/slimSdks.mjs";
import type { VendorOptions } from "../../../../src/agents/models/http/vendor.ts";
import type { ModelWire } from "../../../../src/agents/models/wire.ts";
import type { PassedCall } from "../../../../src/agents/models/wire.ts";
import { anthropicMessages } from "../../../support/models/forms/anthropicMessages.ts";
import { openAiChat } from "../../../support/models/forms/openAiChat.ts";
import { openAiResponses } from "../../../support/models/forms/openAiResponses.ts";
import { ModelServer } from "../../../support/models/modelServer.ts";
import { collected, NO_ABORT, stepRequest, wireOptions } from "../../../support/models/wireOptions.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";

const WIRES = `
export { createAnthropic } from "./src/agents/models/anthropic/createAnthropic.ts";
export { createOpenAiChat } from "./src/agents/models/openai/chat/openAiChat.ts";
export { createOpenAiResponses } from "./src/agents/models/openai/responses/openAiResponses.ts";
`;

type CreateWire = (options: VendorOptions) => ModelWire;
interface Wires {
  readonly createAnthropic: CreateWire;
  readonly createOpenAiChat: CreateWire;
  readonly createOpenAiResponses: CreateWire;
}

describe("The SDKs without their endpoints, as the extension has them", () => {
  let wires: Wires;
  let server: ModelServer;
  let bytes = 0;
  let folder = "";

  before(async () => {
    folder = await temporaryFolder();
    const outfile = join(folder, "wires.cjs");
    const { metafile } = await build({
      stdin: { contents: WIRES, resolveDir: resolve(".") },
      outfile,
      bundle: true,
      platform: "node",
      format: "cjs",
      target: "node22",
      mainFields: ["module", "main"],
      supported: { "dynamic-import": false },
      minify: true,
      metafile: true,
      plugins: [slimSdks],
    });
    bytes = Object.values(metafile.outputs)[0]?.bytes ?? 0;
    wires = createRequire(import.meta.url)(outfile);
  });
  after(async () => await removeFolder(folder));
  beforeEach(async () => (server = await ModelServer.start()));
  afterEach(async () => await server.dispose());

  it("are less than half as large", () => {
    assert.ok(bytes > 100_000 && bytes < 500_000, `${bytes} bytes`);
  });

  it("do everything that the wires need", async () => {
    const answers = {
      createAnthropic: anthropicMessages,
      createOpenAiChat: openAiChat,
      createOpenAiResponses: openAiResponses,
    };
    for (const name of ["createAnthropic", "createOpenAiChat", "createOpenAiResponses"] as const) {
      const wire = wires[name](wireOptions({ baseUrl: `${server.url}/v1`, wire: wireIdOf(name) }, "key-1"));
      server.otherwise = answers[name]({ text: "Yes", calls: [{ id: "c", name: "read", arguments: "{}" }] });
      assert.equal((await collected(wire.stream(stepRequest(), NO_ABORT))).text, "Yes");
      server.otherwise = { body: JSON.stringify({ data: [{ id: "m", display_name: "m", embedding: [1], index: 0 }] }) };
      assert.equal((await wire.listModels(NO_ABORT)).length, 1);
      assert.equal((await wire.pass?.(rawCall(), NO_ABORT))?.status, 200);
      if (wire.embed) assert.deepEqual((await wire.embed({ model: "m", input: ["a"] }, NO_ABORT)).vectors, [[1]]);
      server.otherwise = { status: 401, body: "{}" };
      await assert.rejects(collected(wire.stream(stepRequest(), NO_ABORT)), {
        name: "ModelFailure",
        kind: "unauthorized",
      });
    }
    const azure = wires.createOpenAiChat(wireOptions({ baseUrl: server.url, apiVersion: "2024-10-21" }, "key-1"));
    server.otherwise = openAiChat({ text: "Yes" });
    assert.equal((await collected(azure.stream(stepRequest(), NO_ABORT))).text, "Yes");
  });
});

function wireIdOf(name: keyof Wires) {
  if (name === "createAnthropic") return "anthropic" as const;
  return name === "createOpenAiChat" ? ("openai-chat" as const) : ("openai-responses" as const);
}

function rawCall(): PassedCall {
  return {
    kind: "raw",
    wire: "openai-chat",
    path: "/models",
    method: "GET",
    model: "m",
    body: undefined,
    headers: {},
    onHead: () => undefined,
    onBytes: async () => undefined,
  };
}

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { engineSchema } from "../../../../src/agents/engines/engineSettings.ts";
import { composeModels } from "../../../../src/agents/modelsLibrary.ts";
import { noEvent } from "../../../../src/base/events.ts";
import type { LogFacts, Logger } from "../../../../src/base/logger.ts";
import { Redactor } from "../../../../src/core/privacy/redactor.ts";
import { isBridgeError } from "../../../../src/protocol/errors.ts";
import { anthropicMessages } from "../../../support/models/forms/anthropicMessages.ts";
import { ModelServer } from "../../../support/models/modelServer.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { FakeLedger, forGood, ToolTurn } from "./loop/modelAgentRig.ts";

/** In no format by which keys are recognized. */
const KEY = "meadow-harbour-4711-lantern";

describe("The key of an engine, when its vendor repeats it", () => {
  let server: ModelServer;
  let folder: string;
  let lines: string;
  beforeEach(async () => {
    server = await ModelServer.start();
    folder = await temporaryFolder();
    lines = "";
  });
  afterEach(async () => {
    await server.dispose();
    await removeFolder(folder);
  });

  const write = (text: string, facts?: LogFacts): void => void (lines += `${text} ${JSON.stringify(facts)}\n`);
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  const compose = () =>
    composeModels({
      engines: [engineSchema.parse({ id: "work", wire: "anthropic", baseUrl: server.url, models: ["m"] })],
      keys: { read: () => Promise.resolve(KEY), onDidChange: noEvent },
      editorModels: { list: () => Promise.resolve([]), onDidChange: noEvent, stream: () => assert.fail("not asked") },
      ledger: new FakeLedger(),
      storageFolder: folder,
      keptMs: 86_400_000,
      keptBytes: 10_000_000,
      redactor: new Redactor(),
      logger,
    });

  it("is in no error and no line of the log", async () => {
    const models = compose();
    try {
      const start = await models.starterOf("work")({ workspacePath: "/work" }, forGood);
      for (const status of [400, 401, 403, 404, 429, 500]) {
        const body = JSON.stringify({ type: "error", error: { type: "x", message: `The key ${KEY} is no good` } });
        server.otherwise = { status, headers: { "retry-after": "3600" }, body };
        const error = await start.agent.prompt("Hi", new ToolTurn(), forGood).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        assert.ok(isBridgeError(error), String(error));
        assert.match(error.message, /The key \(hidden\) is no good/);
        assert.doesNotMatch(JSON.stringify(error.toBody()), /meadow/);
      }
      assert.equal(server.at(0).headers["x-api-key"], KEY);
      assert.doesNotMatch(lines, /meadow/);
    } finally {
      await models.dispose();
    }
  });

  it("is in no file of the conversation", async () => {
    const models = compose();
    try {
      const place = { name: "default", ownerId: undefined };
      const start = await models.starterOf("work")({ workspacePath: "/work", place }, forGood);
      server.reply(anthropicMessages({ text: `Your key is ${KEY}, by the way.` }));
      await start.agent.prompt("Hi", new ToolTurn(), forGood);
      await start.agent.dispose();
      const names = await readdir(folder, { recursive: true, withFileTypes: true });
      const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
      const texts = await Promise.all(files.map(async (file) => await readFile(file, "utf8")));
      assert.match(texts.join(""), /Your key is \(hidden\), by the way\./);
      assert.doesNotMatch(texts.join(""), /meadow/);
    } finally {
      await models.dispose();
    }
  });
});

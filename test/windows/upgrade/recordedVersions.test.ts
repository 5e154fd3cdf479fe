import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { TokenFile } from "../../../src/windows/tokenFile.ts";
import { WebhookPeer } from "../../support/exports/peers/webhookPeer.ts";
import { openAiChat } from "../../support/models/forms/openAiChat.ts";
import { ModelServer } from "../../support/models/modelServer.ts";
import { freePort } from "../../support/programs/freePort.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";
import type { BridgePlace } from "../../support/upgrade/bridgePlace.ts";
import { earlierVersions } from "../../support/upgrade/earlierVersions.ts";
import {
  continueConversation,
  findAudit,
  findClients,
  findPlugin,
  findRuns,
  findSteps,
  renewGrant,
} from "../../support/upgrade/findTraces.ts";
import { hasPart } from "../../support/upgrade/leaveTraces.ts";
import { copyRecorded, recordedTraces } from "../../support/upgrade/recordedFolders.ts";
import { DESTINATION, ENGINE_ID, type partsSince, type Traces } from "../../support/upgrade/traces.ts";
import { until } from "../../support/until.ts";
import { WindowProcess } from "../../support/windows/windowProcess.ts";

const clock = pathToFileURL(join(import.meta.dirname, "../../support/upgrade/shiftedClock.mjs")).href;
const MINUTE_MS = 60_000;

/** Folders that earlier versions have left in a real editor (test/upgrade/record.ts). */
for (const { name } of earlierVersions) {
  describe(`What the version "${name}" has left`, function () {
    this.timeout(300_000);
    let traces: Traces;
    let folder: string;
    let model: ModelServer;
    let peer: WebhookPeer;
    let window: WindowProcess | undefined;
    let place: BridgePlace;

    before(async () => {
      traces = await recordedTraces(name);
      folder = await temporaryFolder();
      const port = await freePort();
      await copyRecorded(traces, folder, port);
      model = await ModelServer.start();
      model.otherwise = openAiChat({ text: "Your name is Ada." });
      peer = await WebhookPeer.start();
      const engine = { id: ENGINE_ID, wire: "openai-chat", baseUrl: `${model.url}/v1`, auth: { kind: "none" } };
      window = await WindowProcess.start({
        id: "w",
        port,
        discovery: home(),
        folders: [traces.folder],
        storage: join(folder, "storage"),
        token: traces.ownerToken,
        settings: {
          engines: [{ ...engine, models: ["test-model"] }],
          exports: [{ name: DESTINATION, kind: "webhook", url: peer.url.href, signed: false }],
        },
        nodeArgs: ["--import", clock],
        // A minute after the recording: later, tokens and files expire.
        env: { CLOCK_SHIFT_MS: String(traces.at + MINUTE_MS - Date.now()) },
      });
      place = { url: window.address?.url ?? "", token: traces.ownerToken };
    });

    after(async () => {
      await window?.end();
      await model?.dispose();
      await peer?.[Symbol.asyncDispose]();
      await removeFolder(folder);
    });

    /** A test that only versions with this part of the bridge have. */
    function itWith(part: keyof typeof partsSince): (title: string, test: () => Promise<void>) => void {
      return (title, test) => void (hasPart(name, part) && it(title, test));
    }
    const home = (): string => join(folder, "home");

    it("are its runs, with their steps", async () => {
      await findRuns(place, traces);
      await findSteps(join(folder, "storage"), traces);
    });

    itWith("access")("are the clients that were let in, and their tokens", async () => {
      await findClients(place, traces);
      await renewGrant(place, traces);
      assert.equal(await new TokenFile(home()).get(), traces.ownerToken);
    });

    itWith("access")("is an audit log that goes on", () => findAudit(home(), traces));

    itWith("plugins")("are the state and the messages of its plugins", () => findPlugin(place));

    itWith("engines")("is a conversation that goes on", () => continueConversation(place, model));

    itWith("exports")("are the facts that its destinations have not received", async () => {
      assert.ok(traces.waiting.length > 0);
      const missing = (): string[] => traces.waiting.filter((id) => !peer.calls.some(({ body }) => body.includes(id)));
      await until(() => missing().length === 0, "the facts of before the update");
    });
  });
}

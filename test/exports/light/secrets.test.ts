import { PlantedBridge } from "../../support/exports/planted/plantedBridge.ts";
import type { PlantedSecret } from "../../support/exports/planted/plantedRuns.ts";
import { DynamoPeer } from "../../support/exports/peers/dynamoPeer.ts";
import { FunctionPeer } from "../../support/exports/peers/functionPeer.ts";
import { OtlpPeer } from "../../support/exports/peers/otlpPeer.ts";
import { S3Peer } from "../../support/exports/peers/s3Peer.ts";
import { WebhookPeer } from "../../support/exports/peers/webhookPeer.ts";

const IKEY = "11111111-2222-3333-4444-555555555555";
const auth = { kind: "secret" };

function ownSecret(name: string, core: string, before = ""): PlantedSecret {
  return { name, core, secret: before + core };
}

/** Whatever a run says in any field, with all content allowed. */
describe("A secret in a run", () => {
  let planted: PlantedBridge;
  beforeEach(async () => void (planted = await PlantedBridge.create()));
  afterEach(() => planted[Symbol.asyncDispose]());

  it("does not arrive at a webhook in any form", async () => {
    const signing = ownSecret("the secret of the webhook", Buffer.alloc(32, "Kq3").toString("base64"), "whsec_");
    const header = ownSecret("the header of the webhook", "hookHeader9Wd4Rt7Yp2");
    const peer = planted.use(await WebhookPeer.start({ secret: signing.secret }));
    const elements = [
      { format: "standard-webhooks" },
      { format: "standard-webhooks", batch: 50 },
      { format: "cloudevents" },
      { format: "cloudevents", batch: 50 },
      { format: "cloudevents-binary" },
    ];
    for (const [at, element] of elements.entries()) {
      const name = `hook-${at}`;
      const url = await planted.peers.watch(name, peer.url, {
        stored: () => peer.calls.map(({ body }) => body),
        own: [header.core],
      });
      planted.bridges.setSecret(name, JSON.stringify({ secrets: [signing.secret], headers: { "x-key": header.core } }));
      planted.bridges.elements.push({ name, kind: "webhook", content: "all", events: ["*"], url, ...element });
    }
    await planted.assertKeeps([signing, header]);
  });

  it("is in no dead letter of a receiver that refuses all, and repeats what it was sent", async () => {
    const header = ownSecret("the header of the webhook", "hookHeader9Wd4Rt7Yp2");
    const server = await planted.bridges.serve();
    server.otherwise = ({ headers, body }) => {
      const message = `${JSON.stringify(headers)} ${body.toString()}`;
      return { status: 413, body: JSON.stringify({ error: { message } }) };
    };
    const url = await planted.peers.watch("hook", new URL(server.url), { own: [header.core] });
    planted.bridges.setSecret("hook", JSON.stringify({ headers: { "x-key": header.core } }));
    planted.bridges.elements = [{ name: "hook", kind: "webhook", content: "all", events: ["*"], url, signed: false }];
    await planted.assertKeeps([header], true);
  });

  it("does not arrive in an archive, a table or a function in any form", async () => {
    const objects = planted.use(await S3Peer.start());
    const records = planted.use(await DynamoPeer.start());
    const events: unknown[] = [];
    const hook = planted.use(await FunctionPeer.startForEvents((event) => void events.push(event)));
    const stored = async () => {
      const keys = await objects.keys();
      return {
        keys,
        objects: await Promise.all(keys.map(async (key) => (await objects.read(key))?.body.toString("latin1"))),
      };
    };
    const watch = planted.peers.watch.bind(planted.peers);
    const { region } = objects.account;
    const archive = { kind: "s3", content: "all", bucket: objects.bucket, region, auth };
    const called = { kind: "cloud-function", content: "all", events: ["*"], auth: { kind: "none" } };
    planted.bridges.elements = [
      { name: "plain", ...archive, endpoint: await watch("plain", objects.endpoint, { stored }) },
      {
        name: "gzip",
        ...archive,
        prefix: "gz",
        gzip: true,
        endpoint: await watch("gzip", objects.endpoint, { stored }),
      },
      {
        name: "table",
        kind: "dynamodb",
        table: records.table,
        region: records.account.region,
        endpoint: await watch("table", records.endpoint, { stored: () => records.items(), hasContent: false }),
        auth,
      },
      { name: "structured", ...called, url: await watch("structured", hook.url, { stored: () => events }) },
      { name: "binary", ...called, mode: "binary", url: await watch("binary", hook.url, { stored: () => events }) },
    ];
    for (const name of ["plain", "gzip"]) planted.bridges.setSecret(name, JSON.stringify(objects.account));
    planted.bridges.setSecret("table", JSON.stringify(records.account));
    await planted.assertKeeps([]);
  });

  it("does not arrive in traces, metrics and logs in any form", async () => {
    const key = ownSecret("the key of the collector", "collectorKey5Tg8Uj1Ik");
    const peer = planted.use(await OtlpPeer.start());
    const insights = await planted.bridges.serve();
    insights.otherwise = { body: JSON.stringify({ itemsReceived: 1, itemsAccepted: 1, errors: [] }) };
    const stored = () => [peer.traces, peer.metrics, peer.logs];
    for (const protocol of ["http/protobuf", "http/json"]) {
      const name = protocol.replace("/", "-");
      const endpoint = await planted.peers.watch(name, peer.endpoint, { stored, own: [key.core] });
      const sent = { protocol, compression: "none", metricsIntervalSeconds: 1, auth: { kind: "key" } };
      planted.bridges.setSecret(name, key.secret);
      planted.bridges.elements.push({ name, kind: "otlp", preset: "collector", content: "all", endpoint, ...sent });
    }
    const endpoint = await planted.peers.watch("insights", new URL(insights.url));
    planted.bridges.setSecret("insights", `InstrumentationKey=${IKEY};IngestionEndpoint=${endpoint}`);
    planted.bridges.elements.push({
      name: "insights",
      kind: "app-insights",
      content: "all",
      metricsIntervalSeconds: 1,
    });
    await planted.assertKeeps([key]);
  });
});

import assert from "node:assert/strict";
import { DisposableStore } from "../../../src/base/disposables.ts";
import type { Destination } from "../../../src/exports/delivery/destination.ts";
import { createLambda, lambdaSchema } from "../../../src/exports/hooks/lambda.ts";
import type { DestinationPorts } from "../../../src/exports/ports.ts";
import { createDynamodb, dynamodbSchema } from "../../../src/exports/records/dynamodb.ts";
import { destinationPorts } from "../../support/exports/destinationPorts.ts";
import { endFactOf } from "../../support/exports/facts.ts";
import { officialSdk, peerPackages } from "../../support/exports/heavy/peerPackages.ts";
import { type ScriptedRequest, ScriptedServer } from "../../support/exports/scriptedServer.ts";

const INSTALL_TIMEOUT_MS = 900_000;
const credentials = { accessKeyId: "AKIA1", secretAccessKey: "s3cr3t" };
const { signal } = new AbortController();
/** Headers that say what a request means. */
const meaning = ["content-type", "x-amz-target", "x-amz-invocation-type"];

type Client = new (options: object) => { send(command: object): Promise<unknown> };
type Command = new (parameters: unknown) => object;
/** The parts of @aws-sdk/client-dynamodb and @aws-sdk/client-lambda that are used here. */
interface Sdks {
  readonly DynamoDBClient: Client;
  readonly UpdateItemCommand: Command;
  readonly LambdaClient: Client;
  readonly InvokeCommand: Command;
}

describe("Requests to AWS", () => {
  let store: DisposableStore;
  before(async function () {
    this.timeout(INSTALL_TIMEOUT_MS);
    await peerPackages("sdks");
  });
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  const record = async (): Promise<ScriptedServer> => {
    const server = store.add(await ScriptedServer.start());
    server.otherwise = ({ headers }) => ({ status: headers["x-amz-target"] === undefined ? 202 : 200, body: "{}" });
    return server;
  };
  const optionsOf = ({ url }: ScriptedServer) => ({ region: "eu-west-1", endpoint: url, credentials, maxAttempts: 1 });
  const sendTo = async (server: ScriptedServer, open: (common: object, ports: DestinationPorts) => Destination) => {
    const ports = destinationPorts(store, { name: "test", secret: JSON.stringify(credentials) });
    const common = { name: "test", region: "eu-west-1", endpoint: server.url, auth: { kind: "secret" } };
    await store.add(open(common, ports)).send([endFactOf("exec-1-1-a")], signal);
  };
  const partsOf = ({ method, url, headers, body }: ScriptedRequest) => ({
    method,
    // The SDK names the operation in a query of its own, which the service does not need.
    url: url.replace(/[?&]x-id=\w+/, ""),
    headers: meaning.map((name) => headers[name]),
    body: String(body),
  });

  it("to write an item are those of the official SDK", async () => {
    const server = await record();
    await sendTo(server, (common, ports) =>
      createDynamodb(dynamodbSchema.parse({ ...common, kind: "dynamodb", table: "runs" }), ports),
    );
    const { DynamoDBClient, UpdateItemCommand } = (await officialSdk("@aws-sdk/client-dynamodb")) as Sdks;
    await new DynamoDBClient(optionsOf(server)).send(new UpdateItemCommand(server.at(0).json));
    assert.deepEqual(partsOf(server.at(0)), partsOf(server.at(1)));
  });

  it("to call a function are those of the official SDK", async () => {
    const server = await record();
    const arn = "arn:aws:lambda:eu-west-1:123456789012:function:kiro-hook";
    await sendTo(server, (common, ports) =>
      createLambda(lambdaSchema.parse({ ...common, kind: "lambda", function: arn, qualifier: "live" }), ports),
    );
    const { LambdaClient, InvokeCommand } = (await officialSdk("@aws-sdk/client-lambda")) as Sdks;
    const call = { FunctionName: arn, Qualifier: "live", InvocationType: "Event", Payload: server.at(0).body };
    await new LambdaClient(optionsOf(server)).send(new InvokeCommand(call));
    const [ours, theirs] = [partsOf(server.at(0)), partsOf(server.at(1))];
    // The SDK does not know that the payload is JSON.
    assert.deepEqual({ ...ours, headers: ours.headers.slice(1) }, { ...theirs, headers: theirs.headers.slice(1) });
  });
});

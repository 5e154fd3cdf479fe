import assert from "node:assert/strict";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { cloudEventOf } from "../../../src/exports/hooks/cloudEvent.ts";
import { createLambda, lambdaSchema } from "../../../src/exports/hooks/lambda.ts";
import { createDynamodb, dynamodbSchema } from "../../../src/exports/records/dynamodb.ts";
import { destinationPorts } from "../../support/exports/destinationPorts.ts";
import { failsWith } from "../../support/exports/failsWith.ts";
import { endFactOf } from "../../support/exports/facts.ts";
import { describePeer } from "../../support/exports/heavy/describePeer.ts";
import { findMoto } from "../../support/exports/heavy/findPrograms.ts";
import { LambdaPeer } from "../../support/exports/heavy/lambdaPeer.ts";
import { MotoPeer } from "../../support/exports/heavy/motoPeer.ts";
import { peerPackages } from "../../support/exports/heavy/peerPackages.ts";
import { lifeOf } from "../../support/exports/runFacts.ts";

const INSTALL_TIMEOUT_MS = 900_000;
const { signal } = new AbortController();
const account = { accessKeyId: "AKIAPEER", secretAccessKey: "peer-secret" };

/** Events in functions that serverless-offline runs. */
describe("Events for a function of AWS Lambda", () => {
  let peer: LambdaPeer;
  let store: DisposableStore;
  before(async function () {
    this.timeout(INSTALL_TIMEOUT_MS);
    await peerPackages("lambda");
    peer = await LambdaPeer.start();
  });
  after(() => peer[Symbol.asyncDispose]());
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  const open = (settings: object) => {
    const element = {
      name: "test",
      kind: "lambda",
      region: "us-east-1",
      endpoint: peer.endpoint.href,
      auth: { kind: "secret" },
    };
    const ports = destinationPorts(store, { name: "test", secret: JSON.stringify(account) });
    return store.add(createLambda(lambdaSchema.parse({ ...element, ...settings }), ports));
  };

  it("reach it later or at once, one or several", async () => {
    const facts = [
      endFactOf("exec-1", 1),
      endFactOf("exec-2", 2),
      endFactOf("exec-3", 3),
      endFactOf("exec-4", 4),
    ] as const;
    const before = (await peer.events()).length;
    const later = await open({ function: peer.hook }).send([facts[0]], signal);
    assert.match(later.detail ?? "", /queued/);
    await peer.received(before + 1);
    const now = await open({ function: peer.hook, invocation: "sync" }).send([facts[1]], signal);
    assert.equal(now.detail, "The function 'kiro-hook' was called, and returned.");
    await open({ function: peer.hook, invocation: "sync", batch: 10 }).send(facts.slice(2), signal);
    const [first, second, third] = facts.map(cloudEventOf);
    const expected = [first, second, [third, cloudEventOf(facts[3])]];
    assert.deepEqual((await peer.received(before + 3)).slice(before), JSON.parse(JSON.stringify(expected)));
  });

  it("are sent again to one that throws", async () => {
    const failing = open({ function: peer.failing, invocation: "sync" }).send([endFactOf("exec-1")], signal);
    await failsWith("passing", failing, /^The function 'kiro-failing' has failed\. It says: “The handler fails\.”$/);
  });

  it("wait for a person if it does not exist", async () => {
    const failing = open({ function: "nothing" }).send([endFactOf("exec-1")], signal);
    await failsWith("blocked", failing, /^The function 'nothing' does not exist \(404\)/);
  });
});

/** Signatures, which moto checks for each service. */
describePeer("Signed requests to DynamoDB and Lambda", await findMoto(), (program) => {
  let peer: MotoPeer;
  let store: DisposableStore;
  before(async () => {
    peer = await MotoPeer.start(program);
    await peer.createFunction();
  });
  after(() => peer[Symbol.asyncDispose]());
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  const portsWith = (secretAccessKey: string) => {
    const secret = JSON.stringify({ accessKeyId: peer.account.accessKeyId, secretAccessKey });
    return destinationPorts(store, { name: "test", secret });
  };
  const common = () => ({
    name: "test",
    region: peer.account.region,
    endpoint: peer.endpoint.href,
    auth: { kind: "secret" },
  });
  const openTable = (key: string) => {
    const settings = dynamodbSchema.parse({ ...common(), kind: "dynamodb", table: peer.table, ttlDays: 1 });
    return store.add(createDynamodb(settings, portsWith(key)));
  };
  const openFunction = (key: string) => {
    const settings = lambdaSchema.parse({ ...common(), kind: "lambda", function: peer.function });
    return store.add(createLambda(settings, portsWith(key)));
  };

  it("write items of a table, and never an older state over a newer one", async () => {
    const [started, asking, ended] = lifeOf("exec-1-1-a");
    const destination = openTable(peer.account.secretAccessKey);
    for (const fact of [started, ended, asking]) {
      assert.deepEqual(await destination.send([fact], signal), { outcome: "stored" });
    }
    assert.match(await peer.items(), /"status": ?\{"S": ?"completed"\}/);
  });

  it("call a function", async () => {
    const { outcome } = await openFunction(peer.account.secretAccessKey).send([endFactOf("exec-1")], signal);
    assert.equal(outcome, "sent");
  });

  it("are refused with a wrong key, which a person must mend", async () => {
    await failsWith("blocked", openTable("wrong").send(lifeOf("exec-1-2-a"), signal), /\(403\)/);
    await failsWith("blocked", openFunction("wrong").send([endFactOf("exec-1")], signal), /\(403\)/);
    assert.doesNotMatch(await peer.items(), /exec-1-2-a/);
  });
});

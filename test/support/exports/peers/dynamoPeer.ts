import type { Server } from "node:http";
import dynalite from "dynalite";
import * as z from "zod";
import { type AwsAccount, callAws } from "./awsCall.ts";
import { closeServer, listenOnLoopback } from "./loopback.ts";

const attribute = z.record(z.string(), z.unknown());
const scan = z.object({ Items: z.array(z.record(z.string(), attribute)) });

/** A table of DynamoDB on loopback (dynalite). Strict about bodies and conditions; it takes any key, but no unsigned request. */
export class DynamoPeer implements AsyncDisposable {
  readonly account: AwsAccount = { accessKeyId: "AKIAPEER", secretAccessKey: "peer-secret", region: "eu-west-1" };
  readonly endpoint: URL;
  readonly table: string;
  readonly #server: Server;

  private constructor(server: Server, endpoint: URL, table: string) {
    this.#server = server;
    this.endpoint = endpoint;
    this.table = table;
  }

  /** Starts the store, with a table whose partition key is the string `key`. */
  static async start(table = "executions", key = "id"): Promise<DynamoPeer> {
    const server = dynalite({ createTableMs: 0 });
    const peer = new DynamoPeer(server, await listenOnLoopback(server), table);
    await peer.call("CreateTable", {
      TableName: table,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: key, AttributeType: "S" }],
      KeySchema: [{ AttributeName: key, KeyType: "HASH" }],
    });
    return peer;
  }

  /** Returns all items, with their typed attributes. */
  async items(): Promise<readonly Readonly<Record<string, Readonly<Record<string, unknown>>>>[]> {
    return scan.parse(await this.call("Scan", { TableName: this.table })).Items;
  }

  /** Calls an operation of the API. */
  async call(operation: string, parameters: object): Promise<unknown> {
    const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": `DynamoDB_20120810.${operation}` };
    const body = JSON.stringify(parameters);
    const answer = await callAws(
      { method: "POST", url: this.endpoint, service: "dynamodb", headers, body },
      this.account,
    );
    if (!answer.ok) throw new Error(`The store answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return closeServer(this.#server);
  }
}

import { type AwsAccount, callAws } from "../peers/awsCall.ts";
import { PeerProcess } from "./peerProcess.ts";

const REGION = "us-east-1";
/** Calls that make the account, which moto takes without a signature. */
const SETUP_CALLS = 3;
const EMPTY_ZIP = Buffer.from("504b0506".padEnd(44, "0"), "hex").toString("base64");
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});

/**
 * S3, DynamoDB and Lambda of AWS on loopback (moto). It checks signatures and refuses to overwrite (`If-None-Match`); its
 * functions do not run. Keys of objects must not need encoding: it computes other signatures for them.
 */
export class MotoPeer implements AsyncDisposable {
  readonly account: AwsAccount;
  readonly bucket = "runs";
  readonly table = "executions";
  readonly function = "kiro-hook";
  readonly #process: PeerProcess;

  private constructor(running: PeerProcess, account: AwsAccount) {
    this.#process = running;
    this.account = account;
  }

  /** @param program from `findMoto` */
  static async start(program: string): Promise<MotoPeer> {
    const running = await PeerProcess.start({
      command: program,
      args: () => ["-H", "127.0.0.1", "-p", "0"],
      ready: /Running on http:\/\/127\.0\.0\.1:(\d+)/,
      env: { INITIAL_NO_AUTH_ACTION_COUNT: String(SETUP_CALLS), HOME: process.env["HOME"] ?? "" },
    });
    return running.orStop(MotoPeer.#provided(running));
  }

  static async #provided(running: PeerProcess): Promise<MotoPeer> {
    await iam(running.url, { Action: "CreateUser", UserName: "exports" });
    const key = await iam(running.url, { Action: "CreateAccessKey", UserName: "exports" });
    await iam(running.url, {
      Action: "PutUserPolicy",
      UserName: "exports",
      PolicyName: "all",
      PolicyDocument: POLICY,
    });
    const secretAccessKey = textOf(key, "SecretAccessKey");
    const peer = new MotoPeer(running, { accessKeyId: textOf(key, "AccessKeyId"), secretAccessKey, region: REGION });
    await peer.#provide();
    return peer;
  }

  /** Of all its services. */
  get endpoint(): URL {
    return this.#process.url;
  }

  /** Returns an object; undefined if there is none. */
  async read(key: string): Promise<Buffer | undefined> {
    const url = new URL(`/${this.bucket}/${key}`, this.endpoint);
    const answer = await callAws({ method: "GET", url, service: "s3" }, this.account);
    if (answer.status === 404) return undefined;
    if (!answer.ok) throw new Error(`moto answered ${answer.status}: ${await answer.text()}`);
    return Buffer.from(await answer.arrayBuffer());
  }

  /** Returns the items of the table, as the API writes them. */
  async items(): Promise<string> {
    return this.#dynamo("Scan", { TableName: this.table });
  }

  /** Creates an account that may do what a policy allows. */
  async accountWith(policy: string): Promise<AwsAccount> {
    const call = (parameters: Readonly<Record<string, string>>): Promise<string> =>
      this.#call({
        url: this.endpoint,
        service: "iam",
        headers: FORM,
        // moto signs the form as Python writes it.
        body: new URLSearchParams({ ...parameters, Version: "2010-05-08" }).toString().replaceAll("*", "%2A"),
      });
    await call({ Action: "CreateUser", UserName: "restricted" });
    const key = await call({ Action: "CreateAccessKey", UserName: "restricted" });
    await call({ Action: "PutUserPolicy", UserName: "restricted", PolicyName: "guide", PolicyDocument: policy });
    const secretAccessKey = textOf(key, "SecretAccessKey");
    return { accessKeyId: textOf(key, "AccessKeyId"), secretAccessKey, region: REGION };
  }

  /** Creates the function. It does not run: calls are answered at once. */
  async createFunction(): Promise<void> {
    const statement = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } };
    const trust = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    const role = { Action: "CreateRole", RoleName: "hook", AssumeRolePolicyDocument: trust, Version: "2010-05-08" };
    await this.#call({ url: this.endpoint, service: "iam", headers: FORM, body: new URLSearchParams(role).toString() });
    const config = { lambda: { use_docker: false } };
    const settings = new URL("/moto-api/config", this.endpoint);
    await textIfOk(await fetch(settings, { method: "POST", body: JSON.stringify(config) }));
    const body = JSON.stringify({
      FunctionName: this.function,
      Runtime: "nodejs22.x",
      Role: "arn:aws:iam::123456789012:role/hook",
      Handler: "hook.handler",
      Code: { ZipFile: EMPTY_ZIP },
    });
    await this.#call({ url: new URL("/2015-03-31/functions", this.endpoint), service: "lambda", body });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }

  async #call(call: Omit<Parameters<typeof callAws>[0], "method">): Promise<string> {
    return textIfOk(await callAws({ method: "POST", ...call }, this.account));
  }

  async #provide(): Promise<void> {
    const bucket = new URL(`/${this.bucket}`, this.endpoint);
    await textIfOk(await callAws({ method: "PUT", url: bucket, service: "s3" }, this.account));
    await this.#dynamo("CreateTable", {
      TableName: this.table,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    });
  }

  async #dynamo(operation: string, parameters: object): Promise<string> {
    const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": `DynamoDB_20120810.${operation}` };
    const body = JSON.stringify(parameters);
    return this.#call({ url: this.endpoint, service: "dynamodb", headers, body });
  }
}

/** Calls IAM without a signature. */
async function iam(url: URL, parameters: Readonly<Record<string, string>>): Promise<string> {
  const authorization = `AWS4-HMAC-SHA256 Credential=none/20260101/${REGION}/iam/aws4_request, SignedHeaders=host, Signature=none`;
  const body = new URLSearchParams({ ...parameters, Version: "2010-05-08" });
  return textIfOk(await fetch(url, { method: "POST", headers: { authorization }, body }));
}

async function textIfOk(answer: Response): Promise<string> {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`moto answered ${answer.status}: ${text}`);
  return text;
}

function textOf(xml: string, element: string): string {
  const [, text] = new RegExp(`<${element}>([^<]+)<`).exec(xml) ?? [];
  if (text === undefined) throw new Error(`There is no ${element} in ${xml}`);
  return text;
}

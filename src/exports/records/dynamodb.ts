import * as z from "zod";
import { addressSchema } from "../delivery/commonSettings.ts";
import type { Destination, FailureKind } from "../delivery/destination.ts";
import { answerFailure } from "../http/answerFailure.ts";
import type { IncomingAnswer, OutgoingRequest } from "../http/request.ts";
import type { DestinationPorts } from "../ports.ts";
import { awsAuthSchema, awsRegionSchema, defaultAwsAuth } from "../signing/aws/awsAuth.ts";
import { awsSend } from "../signing/aws/awsSend.ts";
import { recordsShape } from "./commonRecords.ts";
import { recordsDestination } from "./recordsDestination.ts";
import type { RecordStore } from "./recordStore.ts";
import { recordFields, type RecordValue, type RunRecord } from "./runRecord.ts";

const reserved: ReadonlySet<string> = new Set(["sequence", "expiresAt", ...recordFields]);

export const dynamodbSchema = z.strictObject({
  ...recordsShape,
  kind: z.literal("dynamodb").describe("A table of Amazon DynamoDB."),
  table: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{3,255}$/, "the name of a table")
    .describe("The name of the table. Its partition key is a string, and it has no sort key."),
  partitionKey: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,100}$/, "the name of an attribute")
    .refine((name) => !reserved.has(name), "a name that is not that of another field of items")
    .default("id")
    .describe("The name of the table's partition key, which gets the ID of the execution."),
  region: awsRegionSchema.describe("The region of the table."),
  endpoint: addressSchema.optional().describe("The address of the service. Default: that of AWS in the region."),
  auth: awsAuthSchema.prefault(defaultAwsAuth).describe("The credentials that sign requests."),
});

export type DynamodbSettings = z.infer<typeof dynamodbSchema>;

/** Codes of answers with the status 400 that have another meaning than a request that is never taken. */
const kinds: Readonly<Record<string, FailureKind>> = {
  ThrottlingException: "passing",
  Throttling: "passing",
  ThrottledException: "passing",
  ProvisionedThroughputExceededException: "passing",
  RequestLimitExceeded: "passing",
  LimitExceededException: "passing",
  TransactionConflictException: "passing",
  ReplicatedWriteConflictException: "passing",
  TransactionInProgressException: "passing",
  InternalServerError: "passing",
  ResourceInUseException: "passing",
  ResourceNotFoundException: "blocked",
  AccessDeniedException: "blocked",
  UnrecognizedClientException: "blocked",
  IncompleteSignatureException: "blocked",
  IncompleteSignature: "blocked",
  InvalidSignatureException: "blocked",
  MissingAuthenticationTokenException: "blocked",
  MissingAuthenticationToken: "blocked",
  ExpiredTokenException: "blocked",
  ExpiredToken: "blocked",
  OptInRequired: "blocked",
  UnknownOperationException: "blocked",
  ItemCollectionSizeLimitExceededException: "refused",
};

/** Creates a destination that keeps one item for each execution in a table. */
export function createDynamodb(settings: DynamodbSettings, ports: DestinationPorts): Destination {
  const place = `The table '${settings.table}'`;
  const store = new DynamodbStore(settings, place, ports);
  return recordsDestination({ store, place, ttlDays: settings.ttlDays, ports });
}

class DynamodbStore implements RecordStore {
  readonly #settings: DynamodbSettings;
  readonly #place: string;
  readonly #ports: DestinationPorts;
  readonly #url: URL;
  readonly #signed: ReturnType<typeof awsSend>;

  constructor(settings: DynamodbSettings, place: string, ports: DestinationPorts) {
    const { region, endpoint } = settings;
    this.#settings = settings;
    this.#place = place;
    this.#ports = ports;
    this.#url = new URL(endpoint ?? serviceUrl(region));
    this.#signed = awsSend(settings.auth, { service: "dynamodb", region }, ports);
  }

  async write(record: RunRecord, signal: AbortSignal): Promise<"written" | "kept"> {
    const answer = await this.#signed.send(this.#request(updateOf(record, this.#settings)), signal);
    if (answer.status === 200) return "written";
    const code = codeOf(answer);
    if (code === "ConditionalCheckFailedException") return "kept";
    const { redact, now } = this.#ports;
    throw answerFailure(answer, { place: this.#place, redact, now, ...this.#meaningOf(code, answer) });
  }

  dispose(): void {
    void this.#signed.dispose();
  }

  #request(parameters: object): OutgoingRequest {
    return {
      method: "POST",
      url: this.#url,
      headers: {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": "DynamoDB_20120810.UpdateItem",
      },
      body: Buffer.from(JSON.stringify(parameters)),
    };
  }

  #meaningOf(code: string | undefined, answer: IncomingAnswer): { kind?: FailureKind; advice?: string } {
    if (answer.status !== 400 || code === undefined) return {};
    if (code === "ResourceNotFoundException") {
      return { kind: "blocked", advice: "Create the table, or check 'table' and 'region' in its setting." };
    }
    if (code === "ValidationException") return validationMeaning(answer.body.toString());
    const kind = kinds[code];
    return kind === undefined ? {} : { kind };
  }
}

/** Tells what is wrong with one item, which is never taken, from what is wrong with the table, which a person can fix. */
function validationMeaning(text: string): { kind: FailureKind; advice?: string } {
  if (/size/i.test(text)) return { kind: "refused" };
  const advice = "Its partition key must be the string that 'partitionKey' names, without a sort key.";
  return /\b(?:key|schema|index)\b/i.test(text) ? { kind: "blocked", advice } : { kind: "refused" };
}

function serviceUrl(region: string): string {
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return `https://dynamodb.${region}.${domain}/`;
}

/** Returns the code without its namespace: `com.amazonaws.dynamodb.v20120810#ThrottlingException`. */
function codeOf({ headers, body }: IncomingAnswer): string | undefined {
  const type = /"__type"\s*:\s*"([^"]{1,200})"/.exec(body.toString())?.[1] ?? headers["x-amzn-errortype"];
  return type?.replace(/^.*#/, "").replace(/:.*$/, "");
}

/** Returns a request that sets the fields of an item unless it is as new; attributes of others stay. */
function updateOf(record: RunRecord, { table, partitionKey }: DynamodbSettings): object {
  const values: Record<string, RecordValue | undefined> = {
    ...record.fields,
    sequence: record.sequence,
    // Seconds, as the service wants it.
    expiresAt: record.expiry === undefined ? undefined : Math.ceil(record.expiry.at / 1000),
    ...(partitionKey !== "id" && { id: record.id }),
  };
  const names: Record<string, string> = { "#key": partitionKey };
  const attributes: Record<string, Attribute> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || name === partitionKey) continue;
    names[`#${name}`] = name;
    attributes[`:${name}`] = attributeOf(value);
  }
  const assignments = Object.keys(attributes).map((place) => `#${place.slice(1)} = ${place}`);
  return {
    TableName: table,
    Key: { [partitionKey]: { S: record.id } },
    UpdateExpression: `SET ${assignments.join(", ")}`,
    ConditionExpression: "attribute_not_exists(#key) OR attribute_not_exists(#sequence) OR #sequence < :sequence",
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: attributes,
  };
}

type Attribute = { S: string } | { N: string } | { BOOL: boolean } | { M: Record<string, Attribute> };

function attributeOf(value: RecordValue): Attribute {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  return { M: Object.fromEntries(Object.entries(value).map(([name, member]) => [name, attributeOf(member)])) };
}

import * as z from "zod";
import { jsonIn } from "../../base/jsonIn.ts";
import { addressSchema } from "../delivery/commonSettings.ts";
import type { Destination, FailureKind } from "../delivery/destination.ts";
import { answerFailure } from "../http/answerFailure.ts";
import type { IncomingAnswer, OutgoingRequest } from "../http/request.ts";
import type { DestinationPorts } from "../ports.ts";
import type { AuthorizedSend } from "../signing/authorizedSend.ts";
import { recordsShape } from "./commonRecords.ts";
import { cosmosAuthSchema, cosmosSend } from "./cosmosSend.ts";
import { NewestWins, type StoredItem, type Versioned, type VersionedItems } from "./newestWins.ts";
import { recordsDestination } from "./recordsDestination.ts";
import type { RunRecord } from "./runRecord.ts";

const API_VERSION = "2020-07-15";
/** Bytes of an item, to which others may have added fields. The service takes 2 MB. */
const MAX_ITEM_BYTES = 3 * 1024 * 1024;

/** The details of the status 404 for a database or container that does not exist. */
const CONTAINER_MISSING: ReadonlySet<string> = new Set(["1003"]);

const itemSchema = z.object({ sequence: z.number().optional().catch(undefined), _etag: z.string().optional() });
const nameSchema = z.string().regex(/^[A-Za-z0-9_-]{1,255}$/, "letters, digits, underscores and hyphens");

export const cosmosSchema = z.strictObject({
  ...recordsShape,
  kind: z.literal("cosmos").describe("A container of Azure Cosmos DB for NoSQL."),
  endpoint: addressSchema.describe("The address of the account: https://….documents.azure.com."),
  database: nameSchema.describe("The ID of the database."),
  container: nameSchema.default("executions").describe("The ID of the container."),
  partitionKey: z
    .enum(["id", "windowId"])
    .default("id")
    .describe("The property that is the container's partition key, without the slash."),
  auth: cosmosAuthSchema
    .default({ kind: "key" })
    .describe("A key of the account (the secret), or an application of Microsoft Entra."),
});

export type CosmosSettings = z.infer<typeof cosmosSchema>;

/** Statuses with another meaning than everywhere: partitions that move, and writes that collide. */
const kinds: Readonly<Record<number, FailureKind>> = { 410: "passing", 412: "passing", 449: "passing" };

/** Creates a destination that keeps one item for each execution in a container. */
export function createCosmos(settings: CosmosSettings, ports: DestinationPorts): Destination {
  const place = `The container '${settings.container}'`;
  const store = new NewestWins(new CosmosItems(settings, place, cosmosSend(settings.auth, ports), ports));
  return recordsDestination({ store, place, ttlDays: settings.ttlDays, ports });
}

class CosmosItems implements VersionedItems {
  readonly place: string;
  readonly #settings: CosmosSettings;
  readonly #items: URL;
  readonly #signed: AuthorizedSend;
  readonly #ports: Pick<DestinationPorts, "redact" | "now">;

  constructor(
    settings: CosmosSettings,
    place: string,
    signed: AuthorizedSend,
    ports: Pick<DestinationPorts, "redact" | "now">,
  ) {
    const { endpoint, database, container } = settings;
    this.place = place;
    this.#settings = settings;
    this.#items = new URL(`/dbs/${database}/colls/${container}/docs`, endpoint);
    this.#signed = signed;
    this.#ports = ports;
  }

  dispose(): void {
    void this.#signed.dispose();
  }

  async create(record: RunRecord, signal: AbortSignal): Promise<Versioned> {
    const answer = await this.#call(
      { method: "POST", url: this.#items, headers: {}, body: itemOf(record) },
      record,
      signal,
    );
    return answer.status === 409 ? "changed" : this.#written(answer);
  }

  async replace(record: RunRecord, version: string, signal: AbortSignal): Promise<Versioned> {
    const headers = { "if-match": version };
    const url = new URL(`${this.#items.href}/${record.id}`);
    const answer = await this.#call({ method: "PUT", url, headers, body: itemOf(record) }, record, signal);
    return answer.status === 412 || isGone(answer) ? "changed" : this.#written(answer);
  }

  async read(record: RunRecord, signal: AbortSignal): Promise<StoredItem | undefined> {
    const url = new URL(`${this.#items.href}/${record.id}`);
    const request = { method: "GET", url, headers: {}, maxAnswerBytes: MAX_ITEM_BYTES } as const;
    const answer = await this.#call(request, record, signal);
    if (isGone(answer)) return undefined;
    if (answer.status !== 200) throw this.#failure(answer);
    const item = itemSchema.safeParse(jsonIn(answer.body.toString())).data;
    return { sequence: item?.sequence, version: answer.headers["etag"] ?? item?._etag };
  }

  async #call(request: OutgoingRequest, record: RunRecord, signal: AbortSignal): Promise<IncomingAnswer> {
    const partition = this.#settings.partitionKey === "id" ? record.id : record.fields.windowId;
    const headers = {
      ...request.headers,
      accept: "application/json",
      "content-type": "application/json",
      "x-ms-documentdb-partitionkey": inAscii(JSON.stringify([partition])),
      "x-ms-version": API_VERSION,
      // The item itself is not needed in the answer to a write.
      prefer: "return=minimal",
    };
    return await this.#signed.send({ ...request, headers }, signal);
  }

  #written(answer: IncomingAnswer): Versioned {
    if (answer.status !== 200 && answer.status !== 201 && answer.status !== 204) throw this.#failure(answer);
    return { version: answer.headers["etag"] };
  }

  #failure(answer: IncomingAnswer): Error {
    const { redact, now } = this.#ports;
    return answerFailure(answer, { place: this.place, redact, now, ...this.#meaningOf(answer) });
  }

  #meaningOf(answer: IncomingAnswer): { kind?: FailureKind; advice?: string } {
    const { database, container, partitionKey } = this.#settings;
    if (answer.status === 404) return { advice: `Create the database '${database}' and in it '${container}'.` };
    if (answer.status === 400 && isPartitionMismatch(answer)) {
      return { kind: "blocked", advice: `The partition key of the container must be '/${partitionKey}'.` };
    }
    const kind = kinds[answer.status];
    return kind === undefined ? {} : { kind };
  }
}

/** Returns true if the item does not exist; not if the container is missing. */
function isGone({ status, headers }: IncomingAnswer): boolean {
  return status === 404 && !CONTAINER_MISSING.has(headers["x-ms-substatus"] ?? "");
}

function isPartitionMismatch({ headers, body }: IncomingAnswer): boolean {
  return headers["x-ms-substatus"] === "1001" || /partition ?key/i.test(body.toString());
}

function itemOf({ id, sequence, fields, expiry }: RunRecord): Buffer {
  const ttl = expiry === undefined ? undefined : expiry.afterMs / 1000;
  return Buffer.from(JSON.stringify({ id, sequence, ...fields, ttl }));
}

/** Writes other characters as JSON may, because a header has only those of ASCII. */
function inAscii(json: string): string {
  return json.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

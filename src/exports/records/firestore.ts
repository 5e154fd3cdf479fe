import * as z from "zod";
import { vendorErrorOf } from "../../core/network/vendorText.ts";
import { addressSchema } from "../delivery/commonSettings.ts";
import type { Destination, FailureKind } from "../delivery/destination.ts";
import { answerFailure } from "../http/answerFailure.ts";
import type { IncomingAnswer } from "../http/request.ts";
import type { DestinationPorts } from "../ports.ts";
import { defaultGoogleAuth, googleAuthSchema } from "../signing/google/googleAuth.ts";
import { googleSend } from "../signing/google/googleSend.ts";
import type { AuthorizedSend } from "../signing/authorizedSend.ts";
import { recordsShape } from "./commonRecords.ts";
import { commitTimeIn, documentFields, documentIn, fieldsOf } from "./firestoreValues.ts";
import { NewestWins, type StoredItem, type Versioned, type VersionedItems } from "./newestWins.ts";
import { recordsDestination } from "./recordsDestination.ts";
import type { RunRecord } from "./runRecord.ts";

const SCOPE = "https://www.googleapis.com/auth/datastore";

export const firestoreSchema = z.strictObject({
  ...recordsShape,
  kind: z.literal("firestore").describe("A collection of Google Firestore."),
  project: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.:-]{1,99}$/, "the ID of a project")
    .describe("The ID of the project."),
  database: z
    .string()
    .regex(/^(?:\(default\)|[a-z][a-z0-9-]{2,61}[a-z0-9])$/, "(default), or the ID of a database")
    .default("(default)")
    .describe("The ID of the database, which is in native mode."),
  collection: z
    .string()
    .regex(/^(?!__.*__$)[A-Za-z0-9_-]{1,255}$/, "letters, digits, underscores and hyphens")
    .default("executions")
    .describe("The collection, with one document for each execution."),
  endpoint: addressSchema
    .default("https://firestore.googleapis.com")
    .describe("The address of the service, or of an emulator."),
  auth: googleAuthSchema.prefault(defaultGoogleAuth).describe("The credentials of Google."),
});

export type FirestoreSettings = z.infer<typeof firestoreSchema>;

/** The status names of Google's interfaces with a meaning of their own. */
const kinds: Readonly<Record<string, FailureKind>> = {
  ABORTED: "passing",
  CANCELLED: "passing",
  DEADLINE_EXCEEDED: "passing",
  FAILED_PRECONDITION: "blocked",
  INTERNAL: "passing",
  PERMISSION_DENIED: "blocked",
  RESOURCE_EXHAUSTED: "passing",
  UNAUTHENTICATED: "blocked",
  UNAVAILABLE: "passing",
};

/** Creates a destination that keeps one document for each execution in a collection. */
export function createFirestore(settings: FirestoreSettings, ports: DestinationPorts): Destination {
  const place = `The collection '${settings.collection}'`;
  const signed = googleSend(settings.auth, { scopes: [SCOPE] }, ports);
  const store = new NewestWins(new FirestoreItems(settings, place, signed, ports));
  return recordsDestination({ store, place, ttlDays: settings.ttlDays, ports });
}

class FirestoreItems implements VersionedItems {
  readonly place: string;
  /** The name of the collection in the API, which is also its path. */
  readonly #collection: string;
  readonly #commit: URL;
  readonly #signed: AuthorizedSend;
  readonly #ports: Pick<DestinationPorts, "redact" | "now">;

  constructor(
    settings: FirestoreSettings,
    place: string,
    signed: AuthorizedSend,
    ports: Pick<DestinationPorts, "redact" | "now">,
  ) {
    const { endpoint, project, database, collection } = settings;
    this.place = place;
    const documents = `projects/${project}/databases/${database}/documents`;
    this.#collection = `${documents}/${collection}`;
    this.#commit = new URL(`/v1/${documents}:commit`, endpoint);
    this.#signed = signed;
    this.#ports = ports;
  }

  dispose(): void {
    void this.#signed.dispose();
  }

  async create(record: RunRecord, signal: AbortSignal): Promise<Versioned> {
    const answer = await this.#write(record, { exists: false }, signal);
    if (answer.status === 409 && statusOf(answer) === "ALREADY_EXISTS") return "changed";
    return this.#written(answer);
  }

  async replace(record: RunRecord, version: string, signal: AbortSignal): Promise<Versioned> {
    const answer = await this.#write(record, { updateTime: version }, signal);
    if (isGone(answer) || (answer.status === 400 && statusOf(answer) === "FAILED_PRECONDITION")) return "changed";
    return this.#written(answer);
  }

  async read({ id }: RunRecord, signal: AbortSignal): Promise<StoredItem | undefined> {
    const url = new URL(`/v1/${this.#collection}/${encodeURIComponent(id)}`, this.#commit);
    url.searchParams.append("mask.fieldPaths", "sequence");
    const answer = await this.#signed.send({ method: "GET", url, headers: {} }, signal);
    if (isGone(answer)) return undefined;
    if (answer.status !== 200) throw this.#failure(answer);
    return documentIn(answer.body.toString());
  }

  /** A commit has its condition in the body: the emulator does not read a time in the query of a `PATCH`. */
  async #write(record: RunRecord, currentDocument: object, signal: AbortSignal): Promise<IncomingAnswer> {
    const write = {
      update: { name: `${this.#collection}/${record.id}`, fields: fieldsOf(record) },
      // Only these fields are written: those that others have added stay.
      updateMask: { fieldPaths: documentFields },
      currentDocument,
    };
    const body = Buffer.from(JSON.stringify({ writes: [write] }));
    const headers = { "content-type": "application/json" };
    return await this.#signed.send({ method: "POST", url: this.#commit, headers, body }, signal);
  }

  #written(answer: IncomingAnswer): Versioned {
    if (answer.status !== 200) throw this.#failure(answer);
    return { version: commitTimeIn(answer.body.toString()) };
  }

  #failure(answer: IncomingAnswer): Error {
    const kind = kinds[statusOf(answer) ?? ""];
    const { redact, now } = this.#ports;
    return answerFailure(answer, { place: this.place, redact, now, kind });
  }
}

/** Returns true if the document does not exist, or the database: then creating it fails as well. */
function isGone(answer: IncomingAnswer): boolean {
  return answer.status === 404 && statusOf(answer) === "NOT_FOUND";
}

/** Returns the name of a failure in Google's interfaces. */
function statusOf({ body }: IncomingAnswer): string | undefined {
  return vendorErrorOf(body.toString()).type;
}

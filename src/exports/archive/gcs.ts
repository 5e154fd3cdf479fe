import { createHash } from "node:crypto";
import * as z from "zod";
import { jsonIn } from "../../base/jsonIn.ts";
import { urlBelow } from "../../core/network/urlBelow.ts";
import { addressSchema } from "../delivery/commonSettings.ts";
import { type Destination, DeliveryFailure } from "../delivery/destination.ts";
import { answerFailure } from "../http/answerFailure.ts";
import type { IncomingAnswer } from "../http/request.ts";
import type { DestinationPorts } from "../ports.ts";
import type { AuthorizedSend } from "../signing/authorizedSend.ts";
import { defaultGoogleAuth, googleAuthSchema } from "../signing/google/googleAuth.ts";
import { googleSend } from "../signing/google/googleSend.ts";
import { archiveDestination } from "./archiveDestination.ts";
import { archiveShape, bucketSchema } from "./archiveSettings.ts";
import { type ArchivedObject, encodeSegment, type ObjectPage, type ObjectStore, wholeBody } from "./objectStore.ts";

export const gcsSchema = z.strictObject({
  ...archiveShape,
  kind: z.literal("gcs").describe("A bucket of Google Cloud Storage."),
  bucket: bucketSchema.describe("The name of the bucket, which must exist."),
  endpoint: addressSchema.default("https://storage.googleapis.com").describe("The address of the service."),
  auth: googleAuthSchema.prefault(defaultGoogleAuth).describe("The credentials of Google."),
});

export type GcsSettings = z.infer<typeof gcsSchema>;

const SCOPES = ["https://www.googleapis.com/auth/devstorage.read_write"];
const ROLES = "The roles 'Storage Object Creator' and 'Storage Object Viewer' on the bucket allow it.";

const storedSchema = z.object({ md5Hash: z.string().optional() });
const listSchema = z.object({
  prefixes: z.array(z.string()).default([]),
  items: z.array(z.object({ name: z.string(), size: z.coerce.number().optional() })).default([]),
  nextPageToken: z.string().optional(),
});

/** Creates a destination that keeps each run as an object of Google Cloud Storage. */
export function createGcs(settings: GcsSettings, ports: DestinationPorts): Destination {
  return archiveDestination({ store: new GcsStore(settings, ports), settings, ports });
}

class GcsStore implements ObjectStore {
  readonly place: string;
  readonly #settings: GcsSettings;
  readonly #ports: DestinationPorts;
  readonly #authorized: AuthorizedSend;

  constructor(settings: GcsSettings, ports: DestinationPorts) {
    this.place = `The bucket '${settings.bucket}'`;
    this.#settings = settings;
    this.#ports = ports;
    this.#authorized = googleSend(settings.auth, { scopes: SCOPES }, ports);
  }

  async put(key: string, { body, isGzip }: ArchivedObject, signal: AbortSignal): Promise<"written" | "kept"> {
    const encoding = isGzip ? "&contentEncoding=gzip" : "";
    const query = `uploadType=media&name=${encodeSegment(key)}&ifGenerationMatch=0${encoding}`;
    const url = this.#urlOf(query, ["upload", "storage"]);
    const headers = { "content-type": "application/json" };
    const answer = await this.#authorized.send({ method: "POST", url, headers, body }, signal);
    if (answer.status === 412) return "kept";
    if (answer.status !== 200) throw this.#failureOf(answer);
    const hash = storedSchema.safeParse(jsonIn(answer.body.toString())).data?.md5Hash;
    if (hash === createHash("md5").update(body).digest("base64")) return "written";
    throw new DeliveryFailure("passing", `${this.place} does not say that it has stored what was sent.`);
  }

  async get(key: string, maxBytes: number, signal: AbortSignal): Promise<Buffer | undefined> {
    const url = this.#urlOf("alt=media", ["storage"], encodeSegment(key));
    // As it is stored.
    const headers = { "accept-encoding": "gzip" };
    const answer = await this.#authorized.send({ method: "GET", url, headers, maxAnswerBytes: maxBytes }, signal);
    if (answer.status === 200) return wholeBody(answer, this.place);
    if (answer.status === 404 && !/bucket does not exist/i.test(answer.body.toString())) return undefined;
    throw this.#failureOf(answer);
  }

  async list(prefix: string, next: string | undefined, signal: AbortSignal): Promise<ObjectPage> {
    const page = next === undefined ? "" : `&pageToken=${encodeSegment(next)}`;
    const query = `delimiter=%2F&prefix=${encodeSegment(prefix)}&fields=prefixes,items(name,size),nextPageToken${page}`;
    const url = this.#urlOf(query, ["storage"]);
    const request = { method: "GET", url, headers: {}, maxAnswerBytes: 4 * 1024 * 1024 } as const;
    const answer = await this.#authorized.send(request, signal);
    if (answer.status !== 200) throw this.#failureOf(answer);
    const list = listSchema.safeParse(jsonIn(wholeBody(answer, this.place).toString())).data;
    if (list === undefined) throw new DeliveryFailure("blocked", `${this.place} sent no list. Check 'endpoint'.`);
    const objects = list.items.map(({ name, size }) => ({ key: name, size }));
    return { folders: list.prefixes, objects, next: list.nextPageToken };
  }

  dispose(): void {
    void this.#authorized.dispose();
  }

  #urlOf(query: string, api: readonly string[], ...path: readonly string[]): URL {
    const { bucket, endpoint } = this.#settings;
    const url = urlBelow(endpoint, ...api, "v1", "b", encodeSegment(bucket), "o", ...path);
    url.search = query;
    return url;
  }

  #failureOf(answer: IncomingAnswer): DeliveryFailure {
    const { redact, now } = this.#ports;
    return answerFailure(answer, { place: this.place, redact, now, ...this.#meaningOf(answer.status) });
  }

  #meaningOf(status: number): { readonly advice?: string } {
    if (status === 404) return { advice: "Create the bucket, or check 'bucket' in its setting." };
    return status === 403 ? { advice: ROLES } : {};
  }
}

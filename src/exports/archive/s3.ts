import { createHash } from "node:crypto";
import { isIP } from "node:net";
import * as z from "zod";
import { urlBelow } from "../../core/network/urlBelow.ts";
import { addressSchema } from "../delivery/commonSettings.ts";
import { type Destination, DeliveryFailure, type FailureKind } from "../delivery/destination.ts";
import { answerFailure } from "../http/answerFailure.ts";
import type { IncomingAnswer, OutgoingRequest } from "../http/request.ts";
import type { DestinationPorts } from "../ports.ts";
import type { AuthorizedSend } from "../signing/authorizedSend.ts";
import { awsAuthSchema, awsRegionSchema, defaultAwsAuth } from "../signing/aws/awsAuth.ts";
import { awsSend } from "../signing/aws/awsSend.ts";
import { archiveDestination } from "./archiveDestination.ts";
import { archiveShape, bucketSchema } from "./archiveSettings.ts";
import {
  type ArchivedObject,
  encodeSegment,
  keyPath,
  type ObjectPage,
  type ObjectStore,
  wholeBody,
} from "./objectStore.ts";
import { elementsOf, textsOf } from "./xml.ts";

export const s3Schema = z
  .strictObject({
    ...archiveShape,
    kind: z.literal("s3").describe("A bucket of Amazon S3, or of another store that speaks S3."),
    bucket: bucketSchema.describe("The name of the bucket, which must exist."),
    region: awsRegionSchema.describe("The region of the bucket; `auto` for Cloudflare R2 and Google."),
    endpoint: addressSchema.optional().describe("The address of another store that speaks S3. Default: that of AWS."),
    addressing: z
      .enum(["path", "virtual-host"])
      .optional()
      .describe("Where the bucket is in the address. Default: `virtual-host` for AWS, else `path`."),
    checksum: z
      .boolean()
      .default(true)
      .describe("Sends `x-amz-checksum-sha256`, which the store checks and keeps. False for a store that refuses it."),
    storageClass: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]{0,49}$/)
      .optional()
      .describe("The storage class, such as `STANDARD_IA`. Default: that of the bucket."),
    kmsKeyId: z
      .string()
      .regex(/^[\w:/.+=@-]{1,2048}$/)
      .optional()
      .describe("The key that encrypts objects (`aws:kms`). Default: as the bucket is set up."),
    auth: awsAuthSchema.prefault(defaultAwsAuth).describe("The credentials that sign requests."),
  })
  .refine(({ addressing, endpoint }) => addressing !== "virtual-host" || !isAddressOfNumbers(endpoint), {
    path: ["addressing"],
    error: "no bucket can be in front of an IP address: set it to 'path'",
  });

function isAddressOfNumbers(endpoint: string | undefined): boolean {
  const host = URL.parse(endpoint ?? "")?.hostname.replace(/^\[|\]$/g, "") ?? "";
  return isIP(host) !== 0;
}

export type S3Settings = z.infer<typeof s3Schema>;

const CREDENTIALS = "Check the keys, and their permissions s3:PutObject, s3:GetObject and s3:ListBucket.";

/** Its API for S3 has conditions for reading only. */
const GOOGLE_HOST = "storage.googleapis.com";

/** The meaning of codes that their status does not tell, with what to do. */
const meanings: Readonly<Record<string, readonly [FailureKind, string?]>> = {
  AuthorizationHeaderMalformed: ["blocked", "Check 'region' in its setting."],
  InvalidRegionName: ["blocked", "Check 'region' in its setting."],
  PermanentRedirect: ["blocked", "Check 'region' in its setting."],
  TemporaryRedirect: ["passing"],
  InvalidBucketName: ["blocked", "Check 'bucket' in its setting."],
  NoSuchBucket: ["blocked", "Create the bucket, or check 'bucket' in its setting."],
  AccessDenied: ["blocked", CREDENTIALS],
  SignatureDoesNotMatch: ["blocked", "The secret key is not that of the access key. Set it again."],
  InvalidAccessKeyId: ["blocked", "The store does not know the access key. Set it again."],
  ExpiredToken: ["blocked", "The session has ended. Log in again."],
  InvalidToken: ["blocked", "The session token is wrong. Log in again."],
  KMSDisabledException: ["blocked", "Check 'kmsKeyId' in its setting."],
  InvalidStorageClass: ["blocked", "Check 'storageClass' in its setting."],
  BadDigest: ["passing"],
  XAmzContentSHA256Mismatch: ["passing"],
  IncompleteBody: ["passing"],
  RequestTimeout: ["passing"],
  SlowDown: ["passing"],
  ConditionalRequestConflict: ["passing"],
  OperationAborted: ["passing"],
};

/** Creates a destination that keeps each run as an object of a bucket of S3, or of a store that speaks S3. */
export function createS3(settings: S3Settings, ports: DestinationPorts): Destination {
  return archiveDestination({ store: new S3Store(settings, ports), settings, ports });
}

class S3Store implements ObjectStore {
  readonly place: string;
  readonly #settings: S3Settings;
  readonly #ports: DestinationPorts;
  readonly #signed: AuthorizedSend;
  /** False for a store that knows no condition on writing, such as one that has said so. */
  #knowsCondition: boolean;

  constructor(settings: S3Settings, ports: DestinationPorts) {
    this.place = `The bucket '${settings.bucket}'`;
    this.#settings = settings;
    this.#ports = ports;
    this.#knowsCondition = settings.endpoint === undefined || new URL(settings.endpoint).hostname !== GOOGLE_HOST;
    this.#signed = awsSend(settings.auth, { service: "s3", region: settings.region }, ports);
  }

  async put(key: string, object: ArchivedObject, signal: AbortSignal): Promise<"written" | "kept"> {
    if (!this.#knowsCondition && (await this.#has(key, signal))) return "kept";
    const answer = await this.#signed.send(this.#putting(key, object), signal);
    if (answer.status === 200) return this.#stored(answer, object);
    if (answer.status === 412) return "kept";
    if (!this.#knowsCondition || answer.status !== 501) throw this.#failureOf(answer);
    this.#knowsCondition = false;
    return await this.put(key, object, signal);
  }

  async get(key: string, maxBytes: number, signal: AbortSignal): Promise<Buffer | undefined> {
    const request = { method: "GET", url: this.#urlOf(key), headers: {}, maxAnswerBytes: maxBytes } as const;
    const answer = await this.#signed.send(request, signal);
    if (answer.status === 200) return wholeBody(answer, this.place);
    if (answer.status === 404 && codeOf(answer) === "NoSuchKey") return undefined;
    throw this.#failureOf(answer);
  }

  async list(prefix: string, next: string | undefined, signal: AbortSignal): Promise<ObjectPage> {
    const url = this.#urlOf("");
    const query = [
      ...(next === undefined ? [] : [["continuation-token", next] as const]),
      ["delimiter", "/"] as const,
      ["encoding-type", "url"] as const,
      ["list-type", "2"] as const,
      ["max-keys", "1000"] as const,
      ["prefix", prefix] as const,
    ];
    url.search = query.map(([name, value]) => `${name}=${encodeSegment(value)}`).join("&");
    const answer = await this.#signed.send(
      { method: "GET", url, headers: {}, maxAnswerBytes: 4 * 1024 * 1024 },
      signal,
    );
    if (answer.status !== 200) throw this.#failureOf(answer);
    return pageOf(answer.body.toString());
  }

  dispose(): void {
    void this.#signed.dispose();
  }

  /** Asks for one byte of an object: the answer to HEAD would not say why it is refused. */
  async #has(key: string, signal: AbortSignal): Promise<boolean> {
    const headers = { range: "bytes=0-0" };
    const answer = await this.#signed.send({ method: "GET", url: this.#urlOf(key), headers }, signal);
    if (answer.status === 200 || answer.status === 206) return true;
    if (answer.status === 404 && codeOf(answer) === "NoSuchKey") return false;
    throw this.#failureOf(answer);
  }

  #putting(key: string, { body, isGzip }: ArchivedObject): OutgoingRequest {
    const { checksum, storageClass, kmsKeyId } = this.#settings;
    const headers = {
      "content-type": "application/json",
      ...(isGzip && { "content-encoding": "gzip" }),
      ...(this.#knowsCondition && { "if-none-match": "*" }),
      ...(checksum && { "x-amz-checksum-sha256": sha256Of(body) }),
      ...(storageClass !== undefined && { "x-amz-storage-class": storageClass }),
      ...(kmsKeyId !== undefined && {
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": kmsKeyId,
      }),
    };
    return { method: "PUT", url: this.#urlOf(key), headers, body };
  }

  /** Compares the checksum of what the store has with that of what was sent. */
  #stored({ headers }: IncomingAnswer, { body }: ArchivedObject): "written" {
    const checksum = headers["x-amz-checksum-sha256"];
    if (checksum === undefined || checksum === sha256Of(body)) return "written";
    throw new DeliveryFailure("passing", `${this.place} has stored something else than was sent.`);
  }

  #urlOf(key: string): URL {
    const { bucket, region, endpoint, addressing } = this.#settings;
    const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    // The certificate of AWS is for names with one part in front.
    const isPath =
      (addressing ?? (endpoint === undefined && !bucket.includes(".") ? "virtual-host" : "path")) === "path";
    const path = [...(isPath ? [bucket] : []), ...(key === "" ? [] : [keyPath(key)])];
    const url = urlBelow(endpoint ?? `https://s3.${region}.${domain}`, ...path);
    if (!isPath) url.hostname = `${bucket}.${url.hostname}`;
    url.search = "";
    return url;
  }

  #failureOf(answer: IncomingAnswer): DeliveryFailure {
    const { redact, now } = this.#ports;
    const [kind, known] = meanings[codeOf(answer)] ?? [];
    const region = answer.headers["x-amz-bucket-region"];
    const isElsewhere = region !== undefined && region !== this.#settings.region && answer.status < 500;
    const advice = isElsewhere ? `The bucket is in the region '${region}'. Set 'region'.` : known;
    return answerFailure(answer, { place: this.place, redact, now, kind, advice });
  }
}

function sha256Of(body: Buffer): string {
  return createHash("sha256").update(body).digest("base64");
}

/** Returns the code of an error, "" if there is none. */
function codeOf({ body }: IncomingAnswer): string {
  return textsOf(body.toString(), "Code")[0] ?? "";
}

function pageOf(xml: string): ObjectPage {
  const isUrl = textsOf(xml, "EncodingType")[0] === "url";
  const keyIn = (text = ""): string => (isUrl ? (new URLSearchParams(`key=${text}`).get("key") ?? "") : text);
  return {
    folders: elementsOf(xml, "CommonPrefixes").map((element) => keyIn(textsOf(element, "Prefix")[0])),
    objects: elementsOf(xml, "Contents").map((element) => {
      const size = Number(textsOf(element, "Size")[0] ?? Number.NaN);
      return { key: keyIn(textsOf(element, "Key")[0]), size: Number.isNaN(size) ? undefined : size };
    }),
    next: textsOf(xml, "IsTruncated")[0] === "true" ? textsOf(xml, "NextContinuationToken")[0] : undefined,
  };
}

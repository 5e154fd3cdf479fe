import { createHash } from "node:crypto";
import * as z from "zod";
import { urlBelow } from "../../core/network/urlBelow.ts";
import { addressSchema } from "../delivery/commonSettings.ts";
import type { Destination, DeliveryFailure, FailureKind } from "../delivery/destination.ts";
import { answerFailure } from "../http/answerFailure.ts";
import type { IncomingAnswer } from "../http/request.ts";
import type { DestinationPorts } from "../ports.ts";
import type { AuthorizedSend } from "../signing/authorizedSend.ts";
import { storageAuthSchema, storageSend } from "../signing/azure/storageAuth.ts";
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

export const azureBlobSchema = z.strictObject({
  ...archiveShape,
  kind: z.literal("azure-blob").describe("A container of Azure Blob Storage."),
  account: z
    .string()
    .regex(/^[a-z0-9]{3,24}$/, "the name of a storage account")
    .describe("The name of the storage account."),
  container: bucketSchema.describe("The name of the container, which must exist."),
  endpoint: addressSchema
    .optional()
    .describe("The address of the blob service. Default: `https://{account}.blob.core.windows.net`."),
  accessTier: z
    .enum(["Hot", "Cool", "Cold", "Archive"])
    .optional()
    .describe("The access tier of the blobs. Default: that of the account."),
  auth: storageAuthSchema
    .prefault({ kind: "key" })
    .describe("A key of the account, a shared access signature, or an application of Microsoft Entra."),
});

export type AzureBlobSettings = z.infer<typeof azureBlobSchema>;

const VERSION = "2021-12-02";
const ROLE = "The role 'Storage Blob Data Contributor' on the container allows it.";

/** The meaning of codes that their status does not tell, with what to do. */
const meanings: Readonly<Record<string, readonly [FailureKind, string?]>> = {
  AuthenticationFailed: ["blocked", "Check the key or the signature, and the clock of this machine."],
  AuthorizationFailure: ["blocked", `Check the key or the signature, and the network rules of the account. ${ROLE}`],
  AuthorizationPermissionMismatch: ["blocked", `The key lacks a permission. ${ROLE}`],
  AuthorizationResourceTypeMismatch: [
    "blocked",
    "The signature is for another kind of resource: it needs objects and containers.",
  ],
  InsufficientAccountPermissions: ["blocked", ROLE],
  KeyBasedAuthenticationNotPermitted: ["blocked", "The account allows Microsoft Entra alone: set 'auth' to 'entra'."],
  NoAuthenticationInformation: ["blocked"],
  InvalidAuthenticationInfo: ["blocked", "Check 'auth' in its setting."],
  AccountIsDisabled: ["blocked"],
  ContainerNotFound: ["blocked", "Create the container, or check 'container' in its setting."],
  ContainerDisabled: ["blocked"],
  ContainerBeingDeleted: ["passing"],
  InvalidResourceName: ["blocked", "Check 'container' in its setting."],
  InvalidHeaderValue: ["blocked"],
  Md5Mismatch: ["passing"],
  OperationTimedOut: ["passing"],
  ServerBusy: ["passing"],
  InternalError: ["passing"],
};

/** Creates a destination that keeps each run as a blob of Azure Storage. */
export function createAzureBlob(settings: AzureBlobSettings, ports: DestinationPorts): Destination {
  return archiveDestination({ store: new BlobStore(settings, ports), settings, ports });
}

class BlobStore implements ObjectStore {
  readonly place: string;
  readonly #settings: AzureBlobSettings;
  readonly #ports: DestinationPorts;
  readonly #authorized: AuthorizedSend;

  constructor(settings: AzureBlobSettings, ports: DestinationPorts) {
    this.place = `The container '${settings.container}'`;
    this.#settings = settings;
    this.#ports = ports;
    this.#authorized = storageSend(settings.auth, settings.account, ports);
  }

  async put(key: string, { body, isGzip }: ArchivedObject, signal: AbortSignal): Promise<"written" | "kept"> {
    const { accessTier } = this.#settings;
    const headers = {
      "x-ms-version": VERSION,
      "x-ms-blob-type": "BlockBlob",
      "content-type": "application/json",
      // The service compares it.
      "content-md5": createHash("md5").update(body).digest("base64"),
      "if-none-match": "*",
      "x-ms-blob-content-type": "application/json",
      ...(isGzip && { "x-ms-blob-content-encoding": "gzip" }),
      ...(accessTier !== undefined && { "x-ms-access-tier": accessTier }),
    };
    const answer = await this.#authorized.send({ method: "PUT", url: this.#urlOf(key), headers, body }, signal);
    if (answer.status === 201) return "written";
    if (answer.status === 412 || codeOf(answer) === "BlobAlreadyExists") return "kept";
    throw this.#failureOf(answer);
  }

  async get(key: string, maxBytes: number, signal: AbortSignal): Promise<Buffer | undefined> {
    const request = { method: "GET", url: this.#urlOf(key), headers: { "x-ms-version": VERSION } } as const;
    const answer = await this.#authorized.send({ ...request, maxAnswerBytes: maxBytes }, signal);
    if (answer.status === 200) return wholeBody(answer, this.place);
    if (answer.status === 404 && codeOf(answer) === "BlobNotFound") return undefined;
    throw this.#failureOf(answer);
  }

  async list(prefix: string, next: string | undefined, signal: AbortSignal): Promise<ObjectPage> {
    const url = this.#urlOf("");
    const marker = next === undefined ? "" : `&marker=${encodeSegment(next)}`;
    url.search = `restype=container&comp=list&delimiter=%2F&prefix=${encodeSegment(prefix)}${marker}`;
    const request = { method: "GET", url, headers: { "x-ms-version": VERSION } } as const;
    const answer = await this.#authorized.send({ ...request, maxAnswerBytes: 16 * 1024 * 1024 }, signal);
    if (answer.status !== 200) throw this.#failureOf(answer);
    return pageOf(wholeBody(answer, this.place).toString());
  }

  dispose(): void {
    void this.#authorized.dispose();
  }

  #urlOf(key: string): URL {
    const { account, container, endpoint = `https://${account}.blob.core.windows.net` } = this.#settings;
    const url = urlBelow(endpoint, container, ...(key === "" ? [] : [keyPath(key)]));
    url.search = "";
    return url;
  }

  #failureOf(answer: IncomingAnswer): DeliveryFailure {
    const { redact, now } = this.#ports;
    const [kind, advice] = meanings[codeOf(answer)] ?? [];
    return answerFailure(answer, { place: this.place, redact, now, kind, advice });
  }
}

function codeOf({ headers, body }: IncomingAnswer): string {
  return headers["x-ms-error-code"] ?? textsOf(body.toString(), "Code")[0] ?? "";
}

function pageOf(xml: string): ObjectPage {
  const next = textsOf(xml, "NextMarker")[0] ?? "";
  return {
    folders: elementsOf(xml, "BlobPrefix").map((element) => textsOf(element, "Name")[0] ?? ""),
    objects: elementsOf(xml, "Blob").map((element) => {
      const size = Number(textsOf(element, "Content-Length")[0] ?? Number.NaN);
      return { key: textsOf(element, "Name")[0] ?? "", size: Number.isNaN(size) ? undefined : size };
    }),
    next: next === "" ? undefined : next,
  };
}

import { join } from "node:path";
import { officialSdk, peerPackages } from "./peerPackages.ts";
import { PeerProcess } from "./peerProcess.ts";

interface Blob {
  downloadToBuffer(): Promise<Buffer>;
  getProperties(): Promise<{ readonly contentType?: string; readonly contentEncoding?: string }>;
}

interface Container {
  create(): Promise<unknown>;
  getBlobClient(name: string): Blob;
  listBlobsFlat(): AsyncIterable<{ readonly name: string }>;
  generateSasUrl(options: object): Promise<string>;
}

/** The parts of @azure/storage-blob that are used here. */
interface BlobSdk {
  readonly BlobServiceClient: new (url: string, credential: object) => { getContainerClient(name: string): Container };
  readonly StorageSharedKeyCredential: new (account: string, key: string) => object;
  readonly ContainerSASPermissions: { parse(text: string): object };
}

/** The account that Azurite has by itself, which is published (https://learn.microsoft.com/azure/storage/common/storage-use-azurite). */
const ACCOUNT = "devstoreaccount1";
const KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/** Blob Storage of Azure on loopback (azurite), seen by the official SDK. It checks keys and SAS, and refuses to overwrite. */
export class AzuritePeer implements AsyncDisposable {
  readonly account = ACCOUNT;
  readonly key = KEY;
  readonly container: string;
  readonly #process: PeerProcess;
  readonly #client: Container;
  readonly #sdk: BlobSdk;

  private constructor(running: PeerProcess, container: string, sdk: BlobSdk) {
    this.#process = running;
    this.container = container;
    this.#sdk = sdk;
    const credential = new sdk.StorageSharedKeyCredential(ACCOUNT, KEY);
    this.#client = new sdk.BlobServiceClient(this.endpoint.href, credential).getContainerClient(container);
  }

  static async start(container = "runs"): Promise<AzuritePeer> {
    const program = join(await peerPackages("azurite"), "node_modules/azurite/dist/src/blob/main.js");
    const sdk = (await officialSdk("@azure/storage-blob")) as BlobSdk;
    const running = await PeerProcess.start({
      command: process.execPath,
      args: () => [
        program,
        "--blobHost",
        "127.0.0.1",
        "--blobPort",
        "0",
        "--silent",
        "--inMemoryPersistence",
        "--disableTelemetry",
        "--skipApiVersionCheck",
      ],
      ready: /successfully listens on http:\/\/127\.0\.0\.1:(\d+)/,
    });
    const peer = new AzuritePeer(running, container, sdk);
    await running.orStop(peer.#client.create());
    return peer;
  }

  /** With the account as its first segment, as in emulators. */
  get endpoint(): URL {
    return new URL(`/${ACCOUNT}`, this.#process.url);
  }

  async names(): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const { name } of this.#client.listBlobsFlat()) names.push(name);
    return names.toSorted();
  }

  read(name: string): Promise<Buffer> {
    return this.#client.getBlobClient(name).downloadToBuffer();
  }

  properties(name: string): ReturnType<Blob["getProperties"]> {
    return this.#client.getBlobClient(name).getProperties();
  }

  /** Returns the query of a URL with a SAS for the container, without `?`. @param permissions such as `cw` */
  async sas(permissions: string): Promise<string> {
    const expiresOn = new Date(Date.now() + 3_600_000);
    const granted = this.#sdk.ContainerSASPermissions.parse(permissions);
    return new URL(await this.#client.generateSasUrl({ permissions: granted, expiresOn })).search.slice(1);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }
}

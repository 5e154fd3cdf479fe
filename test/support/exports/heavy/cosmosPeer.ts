import { officialSdk, peerPackages } from "./peerPackages.ts";
import { PeerProcess } from "./peerProcess.ts";

interface Container {
  readonly items: { readAll(): { fetchAll(): Promise<{ readonly resources: readonly Record<string, unknown>[] }> } };
}

/** The parts of @azure/cosmos that are used here. */
interface CosmosSdk {
  readonly CosmosClient: new (
    options: object,
  ) => {
    readonly databases: {
      create(options: object): Promise<{
        readonly database: {
          readonly containers: { create(options: object): Promise<{ readonly container: Container }> };
        };
      }>;
    };
  };
}

/** Cosmos DB on loopback (@vercel/cosmosdb-server), seen by the official SDK. It takes any key and any partition key. */
export class CosmosPeer implements AsyncDisposable {
  readonly key = Buffer.alloc(64, 5).toString("base64");
  readonly database = "kiro";
  readonly container: string;
  readonly #process: PeerProcess;
  #client: Container | undefined;

  private constructor(running: PeerProcess, container: string) {
    this.#process = running;
    this.container = container;
  }

  static async start(container = "executions", partitionKey = "/windowId"): Promise<CosmosPeer> {
    const running = await PeerProcess.startOwn("cosmosMain.ts", await peerPackages("cosmos"));
    const peer = new CosmosPeer(running, container);
    await running.orStop(peer.#provide(partitionKey));
    return peer;
  }

  get endpoint(): URL {
    return this.#process.url;
  }

  async items(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    if (this.#client === undefined) throw new Error("The container was not created.");
    return (await this.#client.items.readAll().fetchAll()).resources;
  }

  async #provide(partitionKey: string): Promise<void> {
    const { CosmosClient } = (await officialSdk("@azure/cosmos")) as CosmosSdk;
    // The server says that its other regions speak HTTPS.
    const connectionPolicy = { enableEndpointDiscovery: false };
    const client = new CosmosClient({ endpoint: this.endpoint.href, key: this.key, connectionPolicy });
    const { database } = await client.databases.create({ id: this.database });
    const made = await database.containers.create({ id: this.container, partitionKey: { paths: [partitionKey] } });
    this.#client = made.container;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }
}

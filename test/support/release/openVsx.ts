import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import express, { type Request, type Response } from "express";
import { closeServer, listenOnLoopback } from "../exports/peers/loopback.ts";
import type { JobIdentity } from "./jobIdentity.ts";

/** The registry says it, for it may differ from its address. */
const AUDIENCE = "https://open-vsx.example";

export interface OpenVsxExtension {
  readonly publisher: string;
  readonly name: string;
  readonly version: string;
}

/** A stand-in for Open VSX, which takes one extension from jobs in the environment `open-vsx`. */
export class OpenVsx implements AsyncDisposable {
  readonly url: URL;
  /** What was uploaded, in its order. */
  readonly uploads: Buffer[] = [];
  readonly #server: Server;
  readonly #identity: JobIdentity;
  readonly #extension: OpenVsxExtension;
  readonly #token = randomUUID();

  private constructor(server: Server, url: URL, identity: JobIdentity, extension: OpenVsxExtension) {
    this.#server = server;
    this.url = url;
    this.#identity = identity;
    this.#extension = extension;
  }

  static async start(identity: JobIdentity, extension: OpenVsxExtension): Promise<OpenVsx> {
    const app = express();
    const server = createServer(app);
    const registry = new OpenVsx(server, await listenOnLoopback(server), identity, extension);
    app.get("/api/version", (_request, response) => {
      response.json({ version: "1.4.0", maxExtensionSize: 50_000_000, trustedPublishingAudience: AUDIENCE });
    });
    app.post("/api/-/trusted-publishing/token", express.json(), (request, response) =>
      registry.#exchange(request, response),
    );
    app.use((request, response, next) => {
      if (request.headers.authorization === `Bearer ${registry.#token}`) next();
      else response.status(401).json({ error: "Invalid access token." });
    });
    app.get("/api/-/size-limit", (_request, response) => void response.json({ maxSize: 50_000_000 }));
    const upload = express.raw({ type: "application/octet-stream", limit: "50mb" });
    app.post("/api/-/publish", upload, (request, response) => registry.#take(request.body as Buffer, response));
    return registry;
  }

  async #exchange(request: Request, response: Response): Promise<void> {
    const { namespace, extension, token = "" } = request.body as Readonly<Record<string, string | undefined>>;
    const isRegistered = namespace === this.#extension.publisher && extension === this.#extension.name;
    if (isRegistered && (await this.#identity.isProvenBy(token, AUDIENCE, "open-vsx"))) {
      response.json({ value: this.#token, expiresTimestamp: "2026-11-28T12:15:00Z" });
    } else {
      response.status(403).json({ error: "No trusted publisher is registered for this job." });
    }
  }

  #take(bytes: Buffer, response: Response): void {
    const { publisher, name, version } = this.#extension;
    if (this.uploads.length > 0) {
      response.status(400).json({ error: `Extension ${publisher}.${name} ${version} is already published.` });
      return;
    }
    this.uploads.push(bytes);
    response.status(201).json({ namespace: publisher, name, version, targetPlatform: "universal" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeServer(this.#server);
  }
}

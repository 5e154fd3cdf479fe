import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import express, { type Request, type Response } from "express";
import { closeServer, listenOnLoopback } from "../exports/peers/loopback.ts";
import type { JobIdentity } from "./jobIdentity.ts";

const AUDIENCE = "marketplace.visualstudio.com";
/** Where the client of the Marketplace finds its resources. */
const resources = [
  { id: "a41192c8-9525-4b58-bc86-179fa549d80d", routeTemplate: "_apis/gallery/extensions" },
  {
    id: "e11ea35a-16fe-4b80-ab11-c4cab88a0966",
    routeTemplate: "_apis/gallery/publishers/{publisherName}/extensions/{extensionName}",
  },
].map((resource) => ({
  area: "gallery",
  resourceName: "extensions",
  resourceVersion: 1,
  minVersion: "1.0",
  maxVersion: "7.2",
  releasedVersion: "0.0",
  ...resource,
}));

/** A stand-in for the Marketplace, which takes the extension of one publisher from jobs in the environment `marketplace`. */
export class Marketplace implements AsyncDisposable {
  readonly url: URL;
  /** What was uploaded, in its order. */
  readonly uploads: { readonly method: string; readonly bytes: Buffer }[] = [];
  readonly #server: Server;
  readonly #identity: JobIdentity;
  readonly #credential = randomUUID();
  /** The versions that there are; each upload is one of `version`. */
  readonly versions: string[] = [];

  private constructor(server: Server, url: URL, identity: JobIdentity) {
    this.#server = server;
    this.url = url;
    this.#identity = identity;
  }

  static async start(identity: JobIdentity, publisher: string, version: string): Promise<Marketplace> {
    const app = express();
    const server = createServer(app);
    const marketplace = new Marketplace(server, await listenOnLoopback(server), identity);
    app.options("/_apis/gallery", (_request, response) => void response.json({ count: 2, value: resources }));
    app.post("/_apis/gallery/token", express.json(), (request, response) =>
      marketplace.#exchange(request, response, publisher),
    );
    app.use((request, response, next) => {
      const wanted = `Basic ${Buffer.from(`OAuth:${marketplace.#credential}`).toString("base64")}`;
      if (request.headers.authorization === wanted) next();
      else response.status(401).json({ message: "not a credential of the Marketplace" });
    });
    app.get("/_apis/gallery/publishers/:publisher/extensions/:name", (_request, response) => {
      if (marketplace.versions.length === 0) response.status(404).json({ message: "The extension does not exist." });
      else response.json({ versions: marketplace.versions.map((each) => ({ version: each })) });
    });
    const upload = express.raw({ type: "application/octet-stream", limit: "50mb" });
    const take = ({ method, body }: Request, response: Response): void => {
      marketplace.uploads.push({ method, bytes: body as Buffer });
      marketplace.versions.push(version);
      response.json({ publisher: { publisherName: publisher } });
    };
    app.post("/_apis/gallery/extensions", upload, take);
    app.put("/_apis/gallery/publishers/:publisher/extensions/:name", upload, take);
    return marketplace;
  }

  async #exchange(request: Request, response: Response, publisher: string): Promise<void> {
    const { publisherName } = request.body as { readonly publisherName?: string };
    const token = /^FederatedToken (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const isKnown = publisherName === publisher && (await this.#identity.isProvenBy(token, AUDIENCE, "marketplace"));
    if (isKnown) response.json({ credential: this.#credential });
    else response.status(403).json({ message: "No policy of the publisher names this job." });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeServer(this.#server);
  }
}

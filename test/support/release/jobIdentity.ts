import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import express, { type Request, type Response } from "express";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, jwtVerify, SignJWT } from "jose";
import * as z from "zod";
import { closeServer, listenOnLoopback } from "../exports/peers/loopback.ts";
import type { WorkflowJob } from "./workflow.ts";

const ISSUER = "https://token.actions.githubusercontent.com";

/**
 * The service of GitHub Actions that tells others who a job is: gives out a signed token for an audience. Registries have a policy
 * that names the repository, the workflow and the environment.
 */
export class JobIdentity implements AsyncDisposable {
  /** The audiences for which a token was asked, in their order. */
  readonly audiences: string[] = [];
  readonly #server: Server;
  readonly #url: URL;
  readonly #requestToken = randomUUID();
  readonly #job: WorkflowJob;
  readonly #publicKey: JWK;

  private constructor(server: Server, url: URL, job: WorkflowJob, publicKey: JWK) {
    this.#server = server;
    this.#url = url;
    this.#job = job;
    this.#publicKey = publicKey;
  }

  static async of(job: WorkflowJob): Promise<JobIdentity> {
    const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
    const app = express();
    const server = createServer(app);
    const identity = new JobIdentity(server, await listenOnLoopback(server), job, await exportJWK(publicKey));
    app.get("/token", (request, response) => identity.#giveToken(request, response, privateKey));
    return identity;
  }

  async #giveToken({ headers, query }: Request, response: Response, key: CryptoKey): Promise<void> {
    const { audience } = z.object({ audience: z.string() }).parse(query);
    if (headers.authorization !== `Bearer ${this.#requestToken}`) {
      response.status(401).json({ message: "not the token of this job" });
      return;
    }
    this.audiences.push(audience);
    const claims = { repository: "owner/name", environment: this.#job.environment, repository_visibility: "private" };
    const token = new SignJWT(claims).setProtectedHeader({ alg: "RS256" }).setIssuer(ISSUER).setAudience(audience);
    response.json({ value: await token.setIssuedAt().setExpirationTime("5m").sign(key) });
  }

  /** What GitHub sets for the steps: without the permission of the job, nothing that leads to an identity. */
  get env(): NodeJS.ProcessEnv {
    const common = { GITHUB_ACTIONS: "true", CI: "true" };
    if (this.#job.permissions?.["id-token"] !== "write") return common;
    const url = new URL("/token?api-version=2.0", this.#url).href;
    return { ...common, ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: this.#requestToken };
  }

  /** Whether a registry whose policy names an environment knows the job by this token. */
  async isProvenBy(token: string, audience: string, environment: string): Promise<boolean> {
    try {
      const { payload } = await jwtVerify(token, this.#publicKey, { issuer: ISSUER, audience });
      return payload["environment"] === environment;
    } catch {
      return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeServer(this.#server);
  }
}

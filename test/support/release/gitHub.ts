import { createServer, type Server } from "node:http";
import express, { type Request, type Response } from "express";
import * as z from "zod";
import { closeServer, listenOnLoopback } from "../exports/peers/loopback.ts";

const HOST = "github.localhost";
const API = `http://api.${HOST}/repos/owner/name`;

interface Release {
  readonly id: number;
  readonly tag: string;
  readonly name: string;
  readonly notes: string;
  readonly isPreRelease: boolean;
  isDraft: boolean;
  readonly assets: Map<string, Buffer>;
}

/**
 * A stand-in for the API of GitHub, with the releases of one repository. `gh` speaks with it through its proxy, for it takes no port
 * for a host.
 */
export class GitHub implements AsyncDisposable {
  readonly releases: Release[] = [];
  /** The tags of the repository. */
  readonly tags = new Set<string>();
  /** Set to fail uploads of this name. */
  refusedAsset = "";
  readonly #server: Server;
  readonly #url: URL;

  private constructor(server: Server, url: URL) {
    this.#server = server;
    this.#url = url;
  }

  static async start(): Promise<GitHub> {
    const app = express();
    const server = createServer(app);
    const gitHub = new GitHub(server, await listenOnLoopback(server));
    app.use((request, response, next) => {
      if (request.headers.authorization === "token job-token") next();
      else response.status(401).json({ message: "Bad credentials" });
    });
    gitHub.#addRoutes(app);
    return gitHub;
  }

  /** The variables that lead `gh` here, and the token of the job. */
  env(folder: string): NodeJS.ProcessEnv {
    return { HTTP_PROXY: this.#url.href, GH_HOST: HOST, GH_CONFIG_DIR: folder, GH_PROMPT_DISABLED: "1" };
  }

  #addRoutes(app: express.Express): void {
    const body = express.json();
    const path = "/repos/owner/name/releases";
    app.post("/graphql", body, (request, response) => this.#query(request, response));
    app.get(`${path}/tags/:tag`, ({ params }, response) =>
      respond(
        response,
        this.releases.find(({ tag, isDraft }) => tag === params.tag && !isDraft),
      ),
    );
    app.post(path, body, ({ body: wanted }, response) => {
      const { tag_name: tag, name, body: notes, draft, prerelease } = wanted as Readonly<Record<string, unknown>>;
      const release: Release = {
        id: this.releases.length + 1,
        tag: String(tag),
        name: String(name),
        notes: String(notes),
        isPreRelease: prerelease === true,
        isDraft: draft === true,
        assets: new Map(),
      };
      this.releases.push(release);
      response.status(201).json(bodyOf(release));
    });
    app.get(`${path}/:id`, ({ params }, response) => respond(response, this.#withId(params.id)));
    app.patch(`${path}/:id`, body, ({ params, body: change }, response) => {
      const release = this.#withId(params.id);
      if (release !== undefined) release.isDraft = (change as { readonly draft?: boolean }).draft === true;
      respond(response, release);
    });
    app.post(`${path}/:id/assets`, express.raw({ type: () => true, limit: "50mb" }), (request, response) => {
      const { name } = z.object({ name: z.string() }).parse(request.query);
      if (name === this.refusedAsset) return void response.status(500).json({ message: "The upload failed." });
      this.#withId(request.params["id"])?.assets.set(name, request.body as Buffer);
      response.status(201).json({ id: 1, name, state: "uploaded" });
    });
    app.delete(`${path}/assets/:id/:name`, ({ params }, response) => {
      this.#withId(params.id)?.assets.delete(params.name);
      response.status(204).end();
    });
    app.get(`${path}/assets/:id/:name`, ({ params }, response) => {
      response.type("application/octet-stream").send(this.#withId(params.id)?.assets.get(params.name));
    });
  }

  #withId(id: unknown): Release | undefined {
    return this.releases.find((release) => release.id === Number(id));
  }

  #query(request: Request, response: Response): void {
    const { query, variables } = request.body as { readonly query: string; readonly variables: { tagName: string } };
    if (query.includes("RepositoryFindRef")) {
      const isTag = this.tags.has(variables.tagName.replace("refs/tags/", ""));
      response.json({ data: { repository: { ref: isTag ? { id: "a tag" } : null } } });
      return;
    }
    const release = this.releases.find(({ tag }) => tag === variables.tagName);
    const found = release === undefined ? null : { databaseId: release.id, isDraft: release.isDraft };
    response.json({ data: { repository: { release: found } } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeServer(this.#server);
  }
}

function respond(response: Response, release: Release | undefined): void {
  if (release === undefined) response.status(404).json({ message: "Not Found" });
  else response.json(bodyOf(release));
}

function bodyOf({ id, tag, name, notes, isDraft, isPreRelease, assets }: Release): unknown {
  return {
    id,
    tag_name: tag,
    name,
    body: notes,
    draft: isDraft,
    prerelease: isPreRelease,
    url: `${API}/releases/${id}`,
    html_url: `http://${HOST}/owner/name/releases/${tag}`,
    upload_url: `${API}/releases/${id}/assets{?name,label}`,
    assets: [...assets].map(([asset, bytes]) => ({
      id: 1,
      name: asset,
      size: bytes.byteLength,
      state: "uploaded",
      url: `${API}/releases/assets/${id}/${asset}`,
    })),
  };
}

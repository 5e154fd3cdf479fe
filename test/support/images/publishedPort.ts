import { request } from "node:http";
import { text } from "node:stream/consumers";
import { withDeadline } from "../editor/deadline.ts";

const DEADLINE_MS = 60_000;

export interface PublishedRequest {
  readonly port: number;
  readonly path: string;
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface PublishedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/**
 * Sends a request as it arrives through a published port: at another address of the container than 127.0.0.1, with the Host
 * that the client of `-p 127.0.0.1:PORT:PORT` has called. A program that listens on 127.0.0.1 alone does not get it.
 */
export async function callPublished(options: PublishedRequest): Promise<PublishedAnswer> {
  const { port, path, method = "GET", headers = {}, body } = options;
  const { promise, resolve, reject } = Promise.withResolvers<PublishedAnswer>();
  const sent = request(
    { host: "127.0.0.2", port, path, method, agent: false, headers: { host: `127.0.0.1:${port}`, ...headers } },
    (response) => {
      text(response).then(
        (read) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: read }),
        reject,
      );
    },
  );
  sent.once("error", reject);
  sent.end(body);
  try {
    return await withDeadline(promise, DEADLINE_MS, `an answer of ${path}`);
  } finally {
    sent.destroy();
  }
}

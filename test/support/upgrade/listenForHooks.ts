import { createServer } from "node:http";
import { once } from "node:events";
import { Webhook } from "standardwebhooks";
import { closeServer } from "../exports/peers/loopback.ts";

/** A receiver of webhooks that comes late, on a port that was configured before. */
export interface LateHooks {
  readonly bodies: readonly string[];
  /** The number of calls with a wrong signature. */
  readonly distrusted: number;
  close(): Promise<void>;
}

/** Accepts webhooks that are signed with a secret, on a port of this machine. */
export async function listenForHooks(port: number, secret: string): Promise<LateHooks> {
  const bodies: string[] = [];
  let distrusted = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.once("end", () => {
      const body = Buffer.concat(chunks).toString();
      try {
        const { headers } = request;
        new Webhook(secret).verify(
          body,
          Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, String(value)])),
        );
        bodies.push(body);
        response.writeHead(204).end();
      } catch {
        distrusted++;
        response.writeHead(401).end();
      }
    });
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    bodies,
    get distrusted() {
      return distrusted;
    },
    close: () => closeServer(server),
  };
}

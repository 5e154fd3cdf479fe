import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { TEST_TOKEN } from "../../support/testBridge.ts";
import { StampAges } from "./stamps.ts";

/** Sends one request after the other over kept connections. */
export class Streams {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  /** @returns the ages of the chunks in the response, in milliseconds */
  async agesOf(port: number, path: string, body: object): Promise<readonly number[]> {
    const stamps = new StampAges();
    for await (const chunk of await this.#post(port, path, body)) stamps.see(String(chunk));
    return stamps.ages;
  }

  async textOf(port: number, path: string, body: object): Promise<string> {
    let text = "";
    for await (const chunk of await this.#post(port, path, body)) text += String(chunk);
    return text;
  }

  close(): void {
    this.#agent.destroy();
  }

  async #post(port: number, path: string, body: object): Promise<IncomingMessage> {
    const text = JSON.stringify(body);
    const headers = {
      Authorization: `Bearer ${TEST_TOKEN}`,
      Accept: "text/event-stream",
      "anthropic-version": "2023-06-01",
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(text),
    };
    const sent = request({ host: "127.0.0.1", port, path, method: "POST", agent: this.#agent, headers });
    sent.end(text);
    const [response]: IncomingMessage[] = await once(sent, "response");
    if (response?.statusCode === 200) return response;
    let answer = "";
    for await (const chunk of response ?? []) answer += String(chunk);
    throw new Error(`${path} answered ${response?.statusCode}: ${answer}`);
  }
}

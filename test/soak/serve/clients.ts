import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { fakeSay } from "../../fixtures/simulator/directive.ts";
import { streamedText } from "../../support/gateways/streamedText.ts";
import { call, head, openBare, openSocket } from "../calls.ts";
import type { ClientDeps, ClientKind } from "../clients.ts";

const MiB = 1024 * 1024;
/** 429 and 503 are expected responses while other clients load the bridge. */
const BUSY = [429, 503];

/** A client that sends a body, and expects a text in what the answer says. */
function asking(
  name: string,
  everyMs: number,
  path: string,
  bodyOf: (text: string, round: number) => object,
  {
    answered = (text: string): string => text,
    said = (answer: string): string => answer,
  }: { readonly answered?: (text: string) => string; readonly said?: (answer: string) => string } = {},
): ClientKind {
  return {
    name,
    everyMs,
    round: async ({ target, tally }: ClientDeps, round) => {
      const expected = `${name} ${round}`;
      const { status, text } = await call(target, path, { body: JSON.stringify(bodyOf(fakeSay(expected), round)) });
      tally.add(`${name}: ${status}`);
      if (status !== 200 && !BUSY.includes(status))
        tally.violate(`${name} was answered ${status}: ${text.slice(0, 200)}`);
      if (status === 200 && !said(text).includes(answered(expected))) tally.violate(`${name}: ${text.slice(0, 200)}`);
    },
  };
}

const publishing = (payload: string, round: number): object => ({
  op: "publish",
  id: round + 1,
  message: { topic: "soak/x", payload },
});
const messagesOf = (content: string) => [{ role: "user", content }];

/** Reads events, and goes away after a while. */
const watcher: ClientKind = {
  name: "watcher",
  everyMs: 100,
  round: async ({ target, signal }) => {
    const socket = openSocket(target, "/ws");
    socket.resume();
    await Promise.race([once(socket, "close"), once(signal, "abort"), setTimeout(20_000)]);
    socket.terminate();
  },
};

/** Connects, and dies in the middle of a request. */
const dying: ClientKind = {
  name: "dying",
  everyMs: 300,
  round: async ({ target }, round) => {
    const socket = openBare(target);
    await Promise.race([once(socket, "connect"), once(socket, "close")]);
    const body = JSON.stringify({ prompt: fakeSay("dying"), pad: "y".repeat(100_000) });
    const lines = ["Content-Type: application/json", `Content-Length: ${body.length}`];
    const whole = head(target, "POST", "/kiro/chat", lines);
    socket.write(round % 2 === 0 ? whole + body.slice(0, 50_000) : whole + body);
    await setTimeout(20);
    socket.destroy();
  },
};

const hostileBodies: readonly (readonly [body: string, status: number])[] = [
  ["{", 400],
  ["[".repeat(100_000), 400],
  [`{"prompt":"x","pad":"${"p".repeat(11 * MiB)}"}`, 413],
];

const hostile: ClientKind = {
  name: "hostile",
  everyMs: 500,
  round: async ({ target, tally }, round) => {
    const [body = "", expected] = hostileBodies[round % hostileBodies.length] ?? [];
    const { status } = await call(target, "/kiro/chat", { body });
    tally.add(`hostile: ${status}`);
    // A body that is refused early may meet a closed connection.
    if (status !== expected && status !== 0 && !BUSY.includes(status)) tally.violate(`hostile was answered ${status}`);
  },
};

/** Makes a client of the bridge, and revokes it. */
const access: ClientKind = {
  name: "access",
  everyMs: 1000,
  round: async ({ target, tally }, round) => {
    const body = JSON.stringify({ name: `Soak ${round}`, role: "viewer", expiresInSeconds: 60 });
    const { status, text } = await call(target, "/api/kiro/access/clients", { body });
    tally.add(`access: ${status}`);
    if (status !== 201) return;
    const { token, client } = JSON.parse(text);
    const own = await call({ ...target, token }, "/api/kiro/status");
    if (own.status !== 200 && !BUSY.includes(own.status)) tally.violate(`a new client was answered ${own.status}`);
    await call(target, `/api/kiro/access/clients/${client.id}`, { method: "DELETE" });
  },
};

/** The clients of the soak without an editor, and how many there are of each. */
export const clients: readonly (readonly [kind: ClientKind, count: number])[] = [
  [asking("chat", 200, "/kiro/chat", (prompt, round) => ({ prompt, session: `soak-${round % 3}` })), 2],
  [asking("execute", 200, "/api/kiro/execute", (text) => ({ command: "kiro.cli.chat", args: [text] })), 2],
  [asking("openai", 300, "/v1/chat/completions", (text) => ({ model: "kiro", messages: messagesOf(text) })), 1],
  [
    asking(
      "streamed",
      300,
      "/v1/chat/completions",
      (text) => ({ model: "kiro", stream: true, messages: messagesOf(text) }),
      { said: streamedText },
    ),
    1,
  ],
  [asking("responses", 300, "/v1/responses", (text) => ({ model: "kiro", input: text })), 1],
  [
    asking("anthropic", 300, "/v1/messages", (text) => ({ model: "kiro", max_tokens: 99, messages: messagesOf(text) })),
    1,
  ],
  [asking("bus", 50, "/api/kiro/bus", publishing, { answered: () => '"result":null' }), 2],
  [watcher, 3],
  [dying, 2],
  [hostile, 1],
  [access, 1],
];

import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import type { RawData } from "ws";
import { call, execute, head, openBare, openSocket } from "./calls.ts";
import { EventOrder } from "./eventOrder.ts";
import type { SoakTarget } from "./soakTarget.ts";
import type { Tally } from "./tally.ts";

export interface ClientDeps {
  readonly target: SoakTarget;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

/** A kind of client: how long it waits between two rounds, in milliseconds, and what it does in each. */
export interface ClientKind {
  readonly name: string;
  readonly everyMs: number;
  readonly round: (parts: ClientDeps, round: number) => Promise<void>;
}

const echo = (value: unknown): object => ({ command: "kiroBridgeSoak.echo", params: [value] });
const MiB = 1024 * 1024;

/** Runs a client until the signal ends it. A round that throws is a violation: clients expect whatever may happen. */
export async function live(kind: ClientKind, parts: ClientDeps): Promise<void> {
  for (let round = 0; !parts.signal.aborted; round++) {
    try {
      await kind.round(parts, round);
      parts.tally.add(`${kind.name}: rounds`);
    } catch (error) {
      if (!parts.signal.aborted) parts.tally.violate(`${kind.name}: ${String(error)}`);
    }
    await setTimeout(kind.everyMs, undefined, { signal: parts.signal }).catch(() => undefined);
  }
}

function expectStatus({ tally }: ClientDeps, what: string, status: number, allowed: readonly number[]): void {
  tally.add(`${what}: ${status}`);
  if (!allowed.includes(status)) tally.violate(`${what} was answered ${status}`);
}

/** 429 and 503 are expected responses while other clients load the bridge. */
const BUSY = [429, 503];

const fast: ClientKind = {
  name: "fast",
  everyMs: 20,
  round: async (parts, round) => {
    const { status, text } = await execute(parts.target, echo(round));
    expectStatus(parts, "fast execute", status, [200, ...BUSY]);
    if (status === 200 && JSON.parse(text).result !== round) parts.tally.violate(`fast: got the answer ${text}`);
  },
};

const watcher = (name: string, path: string): ClientKind => ({
  name,
  everyMs: 100,
  round: async ({ target, tally, signal }) => {
    const order = new EventOrder(name, tally);
    const socket = openSocket(target, path);
    socket.on("message", (data: RawData) => order.take(Buffer.isBuffer(data) ? data.toString() : ""));
    await Promise.race([once(socket, "close"), once(signal, "abort"), setTimeout(60_000)]);
    socket.terminate();
  },
});

const frozen: ClientKind = {
  name: "frozen",
  everyMs: 500,
  round: async ({ target, tally, signal }) => {
    const order = new EventOrder("frozen", tally);
    const socket = openSocket(target, "/ws");
    socket.on("message", (data: RawData) => order.take(Buffer.isBuffer(data) ? data.toString() : ""));
    await Promise.race([once(socket, "open"), once(socket, "close")]);
    const params = { request: { command: "kiroBridgeSoak.big", params: [MiB] } };
    for (let id = 0; id < 20; id++) {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ id, method: "execute", params }));
    }
    socket.pause();
    await setTimeout(10_000, undefined, { signal }).catch(() => undefined);
    socket.resume();
    await Promise.race([once(socket, "close"), setTimeout(3000)]);
    socket.terminate();
  },
};

const unread: ClientKind = {
  name: "unread",
  everyMs: 1000,
  round: async ({ target, signal }) => {
    const sockets = Array.from({ length: 5 }, () => openBare(target));
    for (const socket of sockets) {
      socket.pause();
      socket.write(head(target, "GET", "/api/kiro/executions?limit=500").repeat(4));
    }
    await setTimeout(5000, undefined, { signal }).catch(() => undefined);
    for (const socket of sockets) socket.destroy();
  },
};

const dying: ClientKind = {
  name: "dying",
  everyMs: 300,
  round: async ({ target }, round) => {
    const socket = openBare(target);
    await Promise.race([once(socket, "connect"), once(socket, "close")]);
    const body = JSON.stringify(echo("y".repeat(100_000)));
    const whole = head(target, "POST", "/api/kiro/execute", [
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
    ]);
    const ways = [
      () => socket.write(whole.slice(0, 40)),
      () => socket.write(whole + body.slice(0, 50_000)),
      () => socket.write(whole + body),
      () => socket.write(head(target, "GET", "/api/kiro/events")),
    ];
    ways[round % ways.length]?.();
    await setTimeout(20);
    socket.destroy();
  },
};

const DEEP = 100_000;
const hostileBodies: readonly [path: string, body: string | Buffer, allowed: readonly number[]][] = [
  ["/api/kiro/execute", "{", [400]],
  ["/api/kiro/execute", Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), [400]],
  ["/api/kiro/execute", "[".repeat(DEEP) + "]".repeat(DEEP), [400]],
  ["/api/kiro/execute", `{"command":"x","args":[${"1,".repeat(MiB)}1]}`, [400]],
  ["/api/kiro/execute", `{"command":"${"i".repeat(900_000)}"}`, [200, 400]],
  ["/api/kiro/execute", `{"command":"x","pad":"${"p".repeat(11 * MiB)}"}`, [413]],
  [
    "/api/kiro/execute",
    `{"command":"kiroBridgeSoak.echo","params":[{"$type":"BigInt","value":"${"9".repeat(MiB)}"}]}`,
    [400],
  ],
  ["/api/kiro/policy/check", `{"command":"workbench.extensions.${"install".repeat(14_000)}\\n"}`, [200, 400]],
  ["/api/kiro/input", `{"executionId":"exec-1-1","type":"text","value":"x"}`, [404]],
  [
    "/kiro/chat",
    JSON.stringify({
      prompt: 'say "aaaaaaaaaaaaaaaaaaaaaaaaaaaa!"',
      schema: { type: "string", pattern: String.raw`^(\w+\s?)+$` },
    }),
    [200, 400],
  ],
];

const hostile: ClientKind = {
  name: "hostile",
  everyMs: 500,
  round: async (parts, round) => {
    const [path, body, allowed] = hostileBodies[round % hostileBodies.length] ?? ["/", "", []];
    const { status } = await call(parts.target, path, { body });
    // A body that is refused early may meet a closed connection.
    expectStatus(parts, `hostile ${round % hostileBodies.length}`, status, [...allowed, ...BUSY, 0]);
  },
};

const big: ClientKind = {
  name: "big",
  everyMs: 2000,
  round: async (parts, round) => {
    const value = `${round}${"z".repeat(5 * MiB)}`;
    const { status, text } = await execute(parts.target, echo(value));
    expectStatus(parts, "big argument", status, [200, ...BUSY]);
    if (status === 200 && !text.includes(value.slice(0, 100))) parts.tally.violate("big: another answer came");
    const answer = await execute(parts.target, { command: "kiroBridgeSoak.big", params: [4 * MiB] });
    expectStatus(parts, "big result", answer.status, [200, ...BUSY]);
  },
};

const keys: ClientKind = {
  name: "keys",
  everyMs: 50,
  round: async (parts, round) => {
    const headers = { "Idempotency-Key": `soak-${round}` };
    const body = round % 20 === 0 ? { command: "kiroBridgeSoak.big", params: [MiB] } : echo(round);
    const [first, second] = await Promise.all([
      execute(parts.target, body, { headers }),
      execute(parts.target, body, { headers }),
    ]);
    for (const { status } of [first, second]) expectStatus(parts, "keyed execute", status, [200, ...BUSY]);
    if (first.status !== 200 || second.status !== 200) return;
    if (JSON.parse(first.text).executionId !== JSON.parse(second.text).executionId)
      parts.tally.violate("keys: one key ran two executions");
  },
};

const chat: ClientKind = {
  name: "chat",
  everyMs: 1000,
  round: async (parts, round) => {
    const prompts = ["Hello", "May I? [[fake:tool]]", "Twice? [[fake:perm-twice]]", "Fail [[fake:error-turn]]"];
    const body = JSON.stringify({
      prompt: prompts[round % prompts.length],
      session: `soak-${round % 3}`,
      timeoutMs: 30_000,
    });
    let { status, text } = await call(parts.target, "/kiro/chat", { body });
    expectStatus(parts, "chat", status, [200, 202, 408, ...BUSY]);
    const executionPath = (): string => `/api/kiro/executions/${JSON.parse(text).executionId ?? JSON.parse(text).id}`;
    for (let answers = 0; status === 202 && answers < 3; answers++) {
      const path = executionPath();
      const question = JSON.parse((await call(parts.target, path)).text);
      if (question.pendingInput === undefined) break;
      const { questionId, choices, inputType } = question.pendingInput;
      const answer = { executionId: question.id, questionId, type: inputType, value: choices?.[0] ?? "yes" };
      const taken = await call(parts.target, "/api/kiro/input", { body: JSON.stringify(answer) });
      expectStatus(parts, "answer", taken.status, [200, 404, 409]);
      ({ status, text } = await call(parts.target, path));
      if (JSON.parse(text).status === "waiting-input") status = 202;
    }
    if (round % 5 === 4 && status === 202)
      expectStatus(
        parts,
        "cancel",
        (await call(parts.target, `${executionPath()}/cancel`, { method: "POST" })).status,
        [200],
      );
  },
};

const terminal: ClientKind = {
  name: "terminal",
  everyMs: 5000,
  round: async ({ target, signal }) => {
    const socket = openSocket(target, "/terminal");
    await Promise.race([once(socket, "open"), once(socket, "close")]);
    if (socket.readyState === socket.OPEN) socket.send("Hello\n");
    await setTimeout(2000, undefined, { signal }).catch(() => undefined);
    socket.terminate();
  },
};

/** All of them, and how many of each live at the same time. */
export const clients: readonly (readonly [ClientKind, number])[] = [
  [fast, 4],
  [watcher("watcher", "/ws"), 2],
  [watcher("terminating watcher", "/api/kiro/events"), 1],
  [frozen, 2],
  [unread, 1],
  [dying, 2],
  [hostile, 1],
  [big, 1],
  [keys, 1],
  [chat, 2],
  [terminal, 1],
];

import { WebSocket } from "ws";
import type { Area } from "../area.ts";
import type { Wire } from "../wire.ts";

/** The WebSocket `/terminal`. */
export const terminal: Area = {
  name: "terminal",
  play: async (wire) => {
    await wire.refusedUpgrade("no token", "/terminal", []);
    await talk(wire, "raw text", [], ["hello\n", "/quit\n"]);
    await talk(wire, "the bridge's own protocol", ["kiro-bridge"], ["hello\n", "/quit\n"]);
    const input = (data: string) => JSON.stringify({ type: "input", data });
    const json = ["no JSON", '{"type":"resize","cols":80}', '{"type":"input"}', input("hello\n"), input("/quit\n")];
    await talk(wire, "the JSON protocol", ["kiro-bridge", "kiro-terminal.json"], json);
    await talk(wire, "a binary message", [], [Buffer.from("hello")]);
    const ended = talk(
      wire,
      "a terminal that the policy ends",
      ["kiro-terminal.json"],
      ['{"type":"input","data":"a"}'],
      () => wire.bridge.setPolicy(["*"], ["kiro.cli.terminal"]),
    );
    await ended;
    await wire.refusedUpgrade("a denied terminal", "/terminal");
  },
};

/** Sends messages, and notes all that comes until the end. `onOutput` happens at the first output. */
async function talk(
  wire: Wire,
  name: string,
  protocols: readonly string[],
  messages: readonly (string | Buffer)[],
  onOutput = (): void => undefined,
): Promise<void> {
  const { port, token } = wire.bridge;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/terminal`, [...protocols], {
    headers: { Authorization: `Bearer ${token}` },
  });
  const received: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<{ code: number; reason: string }>();
  socket.once("error", reject);
  socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  socket.once("open", () => {
    for (const message of messages) socket.send(message);
  });
  socket.on("message", (data) => {
    const text = Buffer.isBuffer(data) ? data.toString() : "";
    received.push(text);
    if (text.includes("you typed")) onOutput();
  });
  const { code, reason } = await promise;
  wire.note(name, wire.json({ protocols, messages: messages.map(String) }), {
    protocol: socket.protocol,
    messages: wire.json(received),
    code,
    reason: wire.json(reason),
  });
}

// An ACP agent for the benchmark alone: each chunk of its answer is the time at which it was written, in µs of the epoch.
import { createInterface } from "node:readline";

const CHUNKS = 400;
const PAUSE_MS = 3;
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const now = () => Math.round((performance.timeOrigin + performance.now()) * 1000);

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === "initialize") {
    send({
      id,
      result: {
        protocolVersion: 1,
        agentCapabilities: {},
        authMethods: [],
        agentInfo: { name: "stamps", version: "1" },
      },
    });
  } else if (method === "session/new") {
    send({ id, result: { sessionId: "stamps" } });
  } else if (method === "session/prompt") {
    let left = CHUNKS;
    const timer = setInterval(() => {
      if (left-- > 0) {
        const update = { sessionUpdate: "agent_message_chunk", content: { type: "text", text: `${now()} ` } };
        send({ method: "session/update", params: { sessionId: params.sessionId, update } });
      } else {
        clearInterval(timer);
        send({ id, result: { stopReason: "end_turn" } });
      }
    }, PAUSE_MS);
  }
});

// Read into `kiro-bridge serve` by --import: reports its memory after a full garbage collection, at the port that it writes to
// the file SOAK_PROBE.
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";

const server = createServer((request, response) => {
  if (request.url === "/memory") globalThis.gc();
  response.end(JSON.stringify(process.memoryUsage()));
});
server.listen(0, "127.0.0.1", () => {
  writeFileSync(process.env.SOAK_PROBE, JSON.stringify({ port: server.address().port }));
});
server.unref();

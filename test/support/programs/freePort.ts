import { createServer } from "node:net";

/** A loopback port that was free a moment ago. Another program may take it at any time. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === "object") resolve(address.port);
        else reject(new Error("The system gave no port number for a TCP listener."));
      });
    });
  });
}

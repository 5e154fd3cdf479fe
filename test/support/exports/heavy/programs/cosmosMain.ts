// `node cosmosMain.ts <packages>`: a server of Cosmos DB. It takes any key.
import type { Server } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { portOf } from "../../../programs/portOf.ts";

const { createHttpServer }: { createHttpServer: () => Server } = createRequire(join(process.argv[2] ?? "", "index.js"))(
  "@vercel/cosmosdb-server",
);
const server = createHttpServer();
server.listen(0, "127.0.0.1", () => console.log(`listening on ${portOf(server)}`));

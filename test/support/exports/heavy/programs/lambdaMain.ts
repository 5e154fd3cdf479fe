// `node lambdaMain.ts <packages> <folder>`, with the port in `KIRO_PEER_PORT`: the Invoke API of Lambda of serverless-offline, with the functions of
// `hook.mjs` in the folder.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

interface Lambda {
  create(functions: readonly object[]): void;
  start(): Promise<void>;
}

const [, , packages = "", folder = ""] = process.argv;
const port = process.env["KIRO_PEER_PORT"] ?? "0";
const file = join(packages, "node_modules/serverless-offline/src/lambda/index.js");
const { default: Lambda }: { default: new (serverless: object, options: object) => Lambda } = await import(
  pathToFileURL(file).href
);
const lambda = new Lambda(
  {
    service: { service: "test", provider: { region: "us-east-1", runtime: "nodejs22.x" } },
    config: { servicePath: folder, serverlessPath: "" },
    serviceDir: folder,
  },
  { host: "127.0.0.1", lambdaPort: Number(port), useInProcess: true, corsConfig: false },
);
const definition = (name: string): object => ({
  functionKey: name,
  functionDefinition: { handler: `hook.${name}`, name: `kiro-${name}`, events: [] },
});
lambda.create(["hook", "failing"].map(definition));
await lambda.start();
console.log(`listening on ${port}`);

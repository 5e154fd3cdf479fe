// The parts of packages without types that are used here.

declare module "@20minutes/s3rver" {
  import type { Server } from "node:http";

  class S3rver {
    readonly httpServer: Server;
    constructor(options: {
      readonly directory: string;
      readonly address: string;
      readonly port: number;
      readonly silent: boolean;
      readonly vhostBuckets: boolean;
      readonly configureBuckets: readonly { readonly name: string }[];
    });
    run(): Promise<unknown>;
  }
  export = S3rver;
}

declare module "dynalite" {
  import type { Server } from "node:http";

  function dynalite(options: { readonly createTableMs: number }): Server;
  export = dynalite;
}

declare module "@elastic/mockotlpserver" {
  type Message = Readonly<Record<string, unknown>>;

  class MockOtlpServer {
    readonly httpUrl: URL;
    constructor(options: {
      readonly services: readonly string[];
      readonly httpHostname: string;
      readonly httpPort: number;
      readonly logLevel: string;
      readonly onTrace: (message: Message) => void;
      readonly onMetrics: (message: Message) => void;
      readonly onLogs: (message: Message) => void;
      readonly onRequest: (call: { readonly path: string; readonly headers: Readonly<Record<string, string>> }) => void;
    });
    start(): Promise<void>;
    close(): Promise<void>;
  }
  const server: { readonly MockOtlpServer: typeof MockOtlpServer };
  export = server;
}

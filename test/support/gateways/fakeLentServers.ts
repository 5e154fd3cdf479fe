import type { LentResult, LentServer, LentServerOptions, LentServers } from "../../../src/gateways/turns/lending.ts";

/** A server of a client's tools, which the test calls in place of an agent. */
export class FakeLentServer implements LentServer {
  readonly url: string;
  readonly headers = { Authorization: "Bearer one-session" };
  readonly options: LentServerOptions;
  isDisposed = false;

  constructor(url: string, options: LentServerOptions) {
    this.url = url;
    this.options = options;
  }

  call(name: string, args: object = {}, signal = new AbortController().signal): Promise<LentResult> {
    return this.options.call(name, args, signal);
  }

  dispose(): void {
    this.isDisposed = true;
  }
}

export class FakeLentServers implements LentServers {
  readonly opened: FakeLentServer[] = [];

  open(options: LentServerOptions): Promise<FakeLentServer> {
    const server = new FakeLentServer(`http://127.0.0.1/mcp/lent/${this.opened.length}`, options);
    this.opened.push(server);
    return Promise.resolve(server);
  }

  /** Returns the server with a URL that an agent was told. */
  at(url: string | undefined): FakeLentServer {
    const found = this.opened.find((server) => server.url === url);
    if (found === undefined) throw new Error("No such server was opened.");
    return found;
  }
}

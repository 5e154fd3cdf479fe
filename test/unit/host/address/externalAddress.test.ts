import assert from "node:assert/strict";
import { silentLogger } from "../../../../src/base/logger.ts";
import {
  ExternalAddress,
  type ExternalAddressDeps,
  type ExternalState,
} from "../../../../src/host/address/externalAddress.ts";
import { FakeAddress } from "../../../support/fakeAddress.ts";
import { until } from "../../../support/until.ts";

/** The editor's part: requests that the test answers. */
class FakeForwarding {
  readonly requests: { readonly url: string; resolve(url: string): void; reject(error: Error): void }[] = [];

  readonly asExternalUrl = (url: string): Promise<string> => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.requests.push({ url, resolve, reject });
    return promise;
  };
}

describe("The address for the user's own computer", () => {
  let address: FakeAddress;
  let editor: FakeForwarding;
  let allowedHosts: string[];
  let external: ExternalAddress;

  beforeEach(() => {
    address = new FakeAddress();
    editor = new FakeForwarding();
    allowedHosts = [];
  });

  afterEach(() => external.dispose());

  function follow(deps: Partial<ExternalAddressDeps> = {}): ExternalAddress {
    external = new ExternalAddress({
      remoteName: "ssh-remote",
      asExternalUrl: editor.asExternalUrl,
      address,
      access: () => ({ authMode: "token", allowedHosts }),
      logger: silentLogger,
      timeoutMs: 60_000,
      ...deps,
    });
    return external;
  }

  const becomes = (kind: ExternalState["kind"]): Promise<void> => until(() => external.state.kind === kind);

  it("is not requested on a local machine", () => {
    assert.deepEqual(follow({ remoteName: undefined }).state, { kind: "local" });
    assert.deepEqual(editor.requests, []);
  });

  it("is requested once, and told when it is known", async () => {
    const states: string[] = [];
    follow().onDidChange(() => states.push(external.state.kind));
    assert.equal(external.state.kind, "pending");
    address.become({ note: "another window has joined" });
    editor.requests[0]?.resolve("http://localhost:3001/");
    await becomes("known");
    assert.deepEqual(external.state, { kind: "known", remote: "ssh-remote", url: "http://localhost:3001" });
    assert.deepEqual([editor.requests.length, states], [1, ["known"]]);
  });

  it("is requested again when the address moves, and a late answer for the old one is ignored", async () => {
    follow();
    address.become({ url: "http://127.0.0.1:3002", port: 3002 });
    assert.deepEqual(
      editor.requests.map(({ url }) => url),
      ["http://127.0.0.1:3001", "http://127.0.0.1:3002"],
    );
    editor.requests[1]?.resolve("http://localhost:3002/");
    await becomes("known");
    editor.requests[0]?.resolve("http://localhost:3001/");
    await new Promise(setImmediate);
    assert.deepEqual(external.state, { kind: "known", remote: "ssh-remote", url: "http://localhost:3002" });
  });

  const hosts: readonly [name: string, url: string, missing: string | undefined, allowed?: string][] = [
    ["the same port of localhost", "http://localhost:3001/", undefined],
    ["another port of localhost", "http://localhost:40123/", "localhost"],
    ["another port of localhost that is allowed", "http://localhost:40123/", undefined, "LOCALHOST "],
    ["a codespace", "https://name-3001.app.github.dev/", "name-3001.app.github.dev"],
    ["a codespace that is allowed", "https://name-3001.app.github.dev/", undefined, "name-3001.app.github.dev"],
  ];
  for (const [name, url, missing, allowed] of hosts) {
    it(`names the host that the settings do not allow: ${name}`, async () => {
      if (allowed !== undefined) allowedHosts = [allowed];
      follow();
      editor.requests[0]?.resolve(url);
      await becomes("known");
      assert.ok(external.state.kind === "known");
      assert.equal(external.state.missingHost, missing);
    });
  }

  it("is unknown with the reason when the editor fails, and can be requested again", async () => {
    follow();
    editor.requests[0]?.reject(new Error("no tunnel"));
    await becomes("unknown");
    assert.deepEqual(external.state, { kind: "unknown", remote: "ssh-remote", reason: "no tunnel" });
    const retried = external.retry();
    await becomes("pending");
    editor.requests[1]?.resolve("http://localhost:3001/");
    await retried;
    await becomes("known");
    await external.retry();
    assert.equal(editor.requests.length, 2);
  });

  it("is unknown when the editor does not respond, or returns no address", async () => {
    follow({ timeoutMs: 1 });
    await becomes("unknown");
    await external.dispose();
    follow();
    editor.requests[1]?.resolve("not an address");
    await becomes("unknown");
  });

  it("is not requested while no token is required, since the editor would forward the port", async () => {
    follow({ access: () => ({ authMode: "none", allowedHosts }) });
    await becomes("unknown");
    assert.deepEqual(editor.requests, []);
  });

  it("tells nothing after the bridge was switched off", async () => {
    follow();
    await external.dispose();
    editor.requests[0]?.resolve("http://localhost:3001/");
    await new Promise(setImmediate);
    assert.equal(external.state.kind, "pending");
  });
});

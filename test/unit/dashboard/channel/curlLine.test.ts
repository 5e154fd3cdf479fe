import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { curlLine } from "../../../../src/dashboard/channel/curlLine.ts";
import { listenInCurl } from "../../../support/programs/curlCalls.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../../support/testBridge.ts";

const body = { command: "test.echo", args: ['it\'s "quoted"'] };

describe("curlLine", () => {
  let folder: string;
  let bridge: TestBridge;

  before(async () => {
    folder = await temporaryFolder();
    bridge = await startTestBridge();
  });

  after(async () => {
    await bridge.dispose();
    await removeFolder(folder);
  });

  for (const shell of ["sh", "bash"]) {
    it(`writes a line that ${shell} runs, without the token in the arguments of any program`, async function () {
      if (process.platform === "win32") this.skip();
      const curl = await listenInCurl(folder);
      const line = curlLine(bridge.server.url, TEST_TOKEN, body, "linux");
      const { stdout } = await promisify(execFile)(shell, ["-c", line], { env: { ...process.env, PATH: curl.path } });
      assert.match(stdout, /^\{"success":true,/);
      assert.deepEqual(
        (await curl.calls()).map((call) => call.includes(TEST_TOKEN)),
        [false],
      );
    });
  }

  it("quotes any request so that no shell interprets it", () => {
    const hostile = {
      command: "kiro.cli.chat",
      args: [`a" & calc & "`, "%PATH% ^ ! (b) | <c> \\", 'x\\"y', "\u009b1~'; id #", "\n"],
    };
    const ofWindows = /-d "(.*)" http/.exec(curlLine("http://h", "%TOKEN%", hostile, "win32"))?.[1] ?? "";
    assert.doesNotMatch(ofWindows, /[&|<>^%!()]|[^\x20-\x7e]/);
    assert.doesNotMatch(ofWindows, /\\(?!"|[nrt]|u[0-9a-f]{4})/);
    assert.doesNotMatch(ofWindows, /(?<!\\)"/);
    assert.deepEqual(JSON.parse(ofWindows.replaceAll('\\"', '"')), hostile);
    const others = /-d '(.*)' http/.exec(curlLine("http://h", "$TOKEN", hostile, "linux"))?.[1] ?? "";
    assert.doesNotMatch(others.replaceAll(`'\\''`, ""), /'|[^\x20-\x7e]/);
    assert.deepEqual(JSON.parse(others.replaceAll(`'\\''`, "'")), hostile);
  });

  it("omits the header if no token is needed, and quotes for the Command Prompt on Windows", () => {
    const open = curlLine("http://127.0.0.1:3001", undefined, { command: "a" }, "darwin");
    assert.equal(
      open,
      `curl -sS -H "Content-Type: application/json" -d '{"command":"a"}' http://127.0.0.1:3001/api/kiro/execute`,
    );
    const windows = curlLine("http://127.0.0.1:3001", "T", { command: "a" }, "win32");
    assert.match(windows, /^curl\.exe -sS -H "Authorization: Bearer T" .* -d "\{\\"command\\":\\"a\\"\}" /);
  });
});

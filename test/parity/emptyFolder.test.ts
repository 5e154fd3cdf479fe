import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import type { Browser } from "playwright-core";
import { npmCommand } from "../../scripts/npmCommand.mjs";
import { fakeSay } from "../fixtures/simulator/directive.ts";
import { tarball } from "../npm/installedProject.ts";
import { hostsChildren, isAlive } from "../soak/processes.ts";
import { launchBrowser } from "../support/browser/browser.ts";
import { BrowserPage } from "../support/dashboard/browserPage.ts";
import { type Discovery, isGone, waitForDiscovery } from "../support/editor/bridge.ts";
import { runsCodeServer } from "../support/editor/codeServerInstall.ts";
import { withDeadline } from "../support/editor/deadline.ts";
import { npmInstall } from "../support/editor/npmInstall.ts";
import { at, call } from "../support/parity/parityCalls.ts";
import type { ParityHost } from "../support/parity/parityHost.ts";
import { freePort } from "../support/programs/freePort.ts";
import { removeFolder, temporaryFolder } from "../support/temporaryFolder.ts";
import { until } from "../support/until.ts";

const DEADLINE_MS = 120_000;

/** As the README says it: `npm i kiro-bridge && npx kiro-bridge serve --simulator`. */
describe("A bridge in an empty folder", function () {
  this.timeout(300_000);
  let folder: string;
  let host: ParityHost;
  let server: ReturnType<typeof npx>;
  let entry: Discovery;

  /** Runs the package's command as `npx` does, with the Node of the tests first. */
  function npx(...args: readonly string[]) {
    const { command, args: all, shell } = npmCommand(["exec", "--no", "--", "kiro-bridge", ...args]);
    const env = {
      ...process.env,
      PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`,
      KIRO_BRIDGE_HOME: join(folder, "home"),
    };
    return spawn(command, all, { cwd: folder, env, shell, stdio: ["ignore", "ignore", "inherit"] });
  }

  before(async () => {
    folder = await temporaryFolder();
    await mkdir(join(folder, "home"), { mode: 0o700 });
    await npmInstall(folder, ["--offline", tarball]);
    server = npx("serve", "--simulator", "--port", String(await freePort()));
    const ended = once(server, "exit").then(([code]) => {
      throw new Error(`The server has ended with ${String(code)}.`);
    });
    ended.catch(() => undefined);
    entry = await Promise.race([waitForDiscovery(join(folder, "home"), DEADLINE_MS), ended]);
    host = { ...entry, home: join(folder, "home"), folder, end: () => Promise.resolve() };
  });

  after(async () => {
    if (server?.exitCode === null) server.kill("SIGKILL");
    await removeFolder(folder);
  });

  it("answers whether it is healthy, chats, and answers in the API of OpenAI", async () => {
    assert.equal((await call(host, "/health", { token: null })).body["status"], "healthy");
    const chat = await call(host, "/kiro/chat", { body: { prompt: fakeSay("Hello from nowhere.") } });
    assert.equal(chat.body["message"], "Hello from nowhere.");
    const body = { model: "kiro", messages: [{ role: "user", content: fakeSay("As OpenAI.") }] };
    const { body: completed } = await call(host, "/v1/chat/completions", { body });
    assert.equal(at(completed, "choices.0.message.content"), "As OpenAI.");
  });

  (runsCodeServer ? describe : describe.skip)("in a browser", () => {
    let browser: Browser;

    before(async () => {
      browser = await launchBrowser();
    });
    after(() => browser?.close());

    it("shows the dashboard, to whom the command that the page names has let in", async () => {
      const opened = await BrowserPage.open(browser, host.url);
      const { page } = opened;
      await page.getByRole("button", { name: "Ask for Access" }).click();
      const line = page.getByText(/kiro-bridge access approve [A-Z2-9]{4}-[A-Z2-9]{4}/).first();
      const [, code = ""] = /approve ([A-Z2-9]{4}-[A-Z2-9]{4})/.exec((await line.textContent()) ?? "") ?? [];
      const [status] = await withDeadline(once(npx("access", "approve", code), "exit"), DEADLINE_MS, "the approval");
      assert.equal(status, 0);
      await opened.shows();
      await call(host, "/kiro/chat", { body: { prompt: `Seen live? ${fakeSay("Yes, live.")}` } });
      await page.locator("kiro-history").getByText("Seen live?").first().click();
      await page.locator("kiro-detail").getByText("Yes, live.").first().waitFor();
      assert.deepEqual(opened.complaints, []);
      assert.deepEqual(opened.foreign, []);
      await opened.close();
    });
  });

  describe("at its end", () => {
    it("leaves nothing after SIGTERM", async function () {
      if (process.platform === "win32") this.skip();
      const children = await hostsChildren(entry.pid);
      assert.ok(children.length > 0, "the simulator is running");
      const ended = once(server, "exit");
      process.kill(entry.pid, "SIGTERM");
      const [code] = await withDeadline(ended, DEADLINE_MS, "the end of the server");
      assert.equal(code, 0);
      await until(() => ![entry.pid, ...children].some(isAlive), "all processes to end");
      assert.ok(await isGone(host));
      assert.deepEqual(
        (await readdir(host.home)).filter((name) => /^bridge.*\.json$/.test(name)),
        [],
      );
    });
  });
});

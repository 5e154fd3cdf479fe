import assert from "node:assert/strict";
import { askForPlugin } from "../../../../src/host/plugins/pluginQuestion.ts";
import type { ApprovalRequest } from "../../../../src/plugins/hub/hosting/approvals.ts";

const request: ApprovalRequest = {
  name: "a",
  version: "1.0.0",
  folder: "/plugins/a",
  commandLine: "node main.js --fast",
  variables: ["SECRET"],
  topics: ["orders/created"],
  subscriptions: ["orders/**"],
  methods: Array.from({ length: 30 }, (_, at) => `method${at}`),
  isChanged: false,
};

describe("The question whether a plugin may run", () => {
  async function ask(button: string | undefined, isConfirmed = true, more: Partial<ApprovalRequest> = {}) {
    const shown: string[] = [];
    const answer = await askForPlugin(
      {
        ask: async (message, ...buttons) => {
          shown.push(message, buttons.join());
          return button;
        },
        confirm: async (question, detail) => {
          shown.push(question, detail.join("\n"));
          return isConfirmed;
        },
      },
      { ...request, ...more },
    );
    return { answer, shown };
  }

  it("is asked in a message, and again in a dialog that says what it runs and may do", async () => {
    const { answer, shown } = await ask("Allow…");
    assert.equal(answer, "allow");
    const [message = "", buttons, , detail = ""] = shown;
    assert.match(message, /The plugin “a” 1\.0\.0 wants to run: node main\.js --fast/);
    assert.equal(buttons, "Allow…,Not Now,Never");
    for (const part of ["node main.js --fast", "/plugins/a", "SECRET", "orders/created", "orders/**", "method19"])
      assert.ok(detail.includes(part), part);
    assert.match(detail, / and 10 more/);
  });

  it("does not repeat what each plugin may do", async () => {
    const topics = ["plugin/a/events", "orders/created"];
    const { shown } = await ask("Allow…", true, {
      topics,
      subscriptions: ["system/broadcast", "plugin/a/x", "system"],
    });
    assert.match(shown[3] ?? "", /^It may publish on: plugin\/a\/\*\*, orders\/created$/m);
    assert.match(shown[3] ?? "", /^It receives: plugin\/a\/\*\*, system\/\*\*, routing\/\*\*, system$/m);
  });

  it("is not answered by the message alone", async () => {
    assert.equal((await ask("Allow…", false)).answer, "not-now");
  });

  it("is not asked again now when it is closed, and never when the user says so", async () => {
    assert.deepEqual((await ask(undefined)).answer, "not-now");
    assert.deepEqual((await ask("Not Now")).answer, "not-now");
    const { answer, shown } = await ask("Never");
    assert.equal(answer, "never");
    assert.equal(shown.length, 2);
  });

  it("says that a plugin has changed", async () => {
    const { shown } = await ask(undefined, true, { isChanged: true });
    assert.match(shown[0] ?? "", /has changed and wants to run/);
  });
});

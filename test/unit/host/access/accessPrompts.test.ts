import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { noAudit } from "../../../../src/core/access/audit.ts";
import { editorUser } from "../../../../src/core/access/principal.ts";
import { AccessStore } from "../../../../src/access/accessStore.ts";
import { Pairings } from "../../../../src/access/pairings.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { promptForAccess } from "../../../../src/host/access/accessPrompts.ts";
import { MemoryAccess } from "../../../support/memoryAccess.ts";

interface Message {
  readonly text: string;
  readonly buttons: readonly string[];
  readonly choose: (button: string | undefined) => Promise<void>;
}

describe("promptForAccess", () => {
  let store: AccessStore;
  let pairings: Pairings;
  let messages: Message[];
  let told: string[];
  let isWanted: boolean;
  let shown: number;

  beforeEach(() => {
    store = new AccessStore({ storage: new MemoryAccess(), audit: noAudit, logger: silentLogger });
    pairings = new Pairings({ store, audit: noAudit });
    messages = [];
    told = [];
    isWanted = true;
    shown = 0;
    promptForAccess({
      access: { store, pairings },
      ask: (text, ...buttons) => {
        const { promise, resolve } = Promise.withResolvers<string | undefined>();
        const choose = async (button: string | undefined): Promise<void> => {
          resolve(button);
          for (let turn = 0; turn < 5; turn++) await setImmediate();
        };
        messages.push({ text, buttons, choose });
        return promise;
      },
      isWanted: async () => isWanted,
      tell: (message) => told.push(message),
      showAccess: () => shown++,
    });
  });
  afterEach(async () => {
    await pairings.dispose();
    await store.dispose();
  });

  const ask = (name: string) => pairings.ask({ name, scopes: ["commands:run"], commands: { allow: ["test.*"] } });
  const choose = (index: number, button: string | undefined) => messages[index]?.choose(button);

  it("asks once, with the name, the code and the permissions", async () => {
    const { request } = ask("release-bot");
    assert.deepEqual(
      messages.map(({ text }) => text),
      [`Kiro Bridge: “release-bot” asks for access (code ${request.code}): run editor commands: test.*.`],
    );
    assert.deepEqual(messages[0]?.buttons, ["Allow", "Allow for 1 Hour", "Deny", "Details"]);
    ask("another");
    assert.equal(messages.length, 2);
  });

  for (const [button, kind] of [
    ["Allow", "allowed"],
    ["Allow for 1 Hour", "allowed"],
    ["Deny", "denied"],
  ] as const) {
    it(`takes the decision of the button: ${button}`, async () => {
      const { secret } = ask("release-bot");
      await choose(0, button);
      const { state } = pairings.poll(secret);
      assert.equal(state.kind, kind);
      assert.equal(state.kind === "allowed" && state.grant.expiresAt !== undefined, button === "Allow for 1 Hour");
    });
  }

  it("leaves the request open when the message is closed, and shows the page for details", async () => {
    ask("release-bot");
    await choose(0, undefined);
    ask("another");
    await choose(1, "Details");
    assert.equal(pairings.pending.length, 2);
    assert.equal(shown, 1);
    assert.equal(messages.length, 2);
  });

  it("has no effect when the request was decided elsewhere, and asks nothing more", async () => {
    isWanted = false;
    const { request, secret } = ask("release-bot");
    pairings.decide(request.id, { decision: "deny" }, editorUser);
    await choose(0, "Allow");
    assert.equal(pairings.poll(secret).state.kind, "denied");
    assert.equal(told.length, 1);
    assert.match(told[0] ?? "", /denied already/);
  });

  it("allows nothing if a program may have selected the button and the user refuses", async () => {
    isWanted = false;
    const { secret } = ask("release-bot");
    await choose(0, "Allow");
    assert.equal(pairings.poll(secret).state.kind, "pending");
  });

  it("shows ten messages at most, and the next one when one of them is closed", async () => {
    for (let turn = 0; turn < 15; turn++) {
      const { request } = ask(`bot ${turn}`);
      pairings.decide(request.id, { decision: "deny" }, editorUser);
    }
    ask("the last");
    assert.equal(messages.length, 10);
    await choose(0, undefined);
    assert.match(messages[10]?.text ?? "", /“the last”/);
  });
});

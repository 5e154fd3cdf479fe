import assert from "node:assert/strict";
import { KiroBridgeClient } from "../../src/client/client.ts";
import { LiveExecutions } from "../../src/client/live/liveExecutions.ts";
import type { KiroBridgeSocket } from "../../src/client/socket/kiroBridgeSocket.ts";
import type { BridgeEvent } from "../../src/client/wireTypes.ts";
import { TEST_TOKEN } from "../support/testBridge.ts";
import { until } from "../support/until.ts";
import { WindowGroup } from "../support/windows/windowGroup.ts";
import type { WindowProcess } from "../support/windows/windowProcess.ts";

/** A socket of the SDK, and a page that shows what runs, while the owner of the address is killed. */
describe("A socket of the SDK whose owner is killed", function () {
  this.timeout(300_000);
  let group: WindowGroup;
  let owner: WindowProcess;
  let others: readonly WindowProcess[];
  let client: KiroBridgeClient;
  let socket: KiroBridgeSocket;
  let events: BridgeEvent[];
  let live: LiveExecutions;

  beforeEach(async () => {
    group = await WindowGroup.create();
    const windows = await group.three();
    owner = await group.settled(windows);
    others = windows.filter((window) => window !== owner);
    client = new KiroBridgeClient(group.url, { token: TEST_TOKEN });
    await client.executeCommand({ command: "test.echo", args: ["before"], windowId: memberId() });
    socket = await client.connect();
    events = [];
    live = new LiveExecutions();
    void follow();
  });
  afterEach(async () => {
    live.dispose();
    await client.close();
    await group.dispose();
  });

  const memberId = (): string => others[0]?.id ?? "";

  async function follow(): Promise<void> {
    for await (const event of socket.subscribe()) {
      events.push(event);
      live.apply(event);
    }
  }

  it("receives the reply of a command that ran meanwhile, and each event of the others once", async () => {
    const ended: (string | undefined)[] = [];
    live.onDidEnd(({ command, status, cause }) => ended.push(`${command} ${status} ${cause ?? ""}`));
    const held = socket.execute({ command: "test.hold", args: ["work"], windowId: memberId() });
    void socket.execute({ command: "test.hold", args: ["lost"], windowId: owner.id }).catch(() => undefined);
    await until(() => live.rows.length === 2, "both executions");
    await owner.kill();
    await group.settled(others);
    await until(() => ended.length === 1, "the end of what ran in the owner");
    assert.deepEqual(ended, ["test.hold interrupted window-gone"]);
    await socket.execute({ command: "test.release", args: ["work"], windowId: memberId() });
    assert.equal((await held).success, true);
    await until(() => live.rows.length === 0, "the end of the others");

    const args = events.flatMap((event) => (event.type === "command-started" ? event.args.join() : []));
    assert.deepEqual(args.toSorted(), ["lost", "work", "work"], "nothing from before, and nothing twice");
    const numbers = events.flatMap(({ windowId, windowEventId }) =>
      windowId === memberId() ? (windowEventId ?? []) : [],
    );
    const [first = 0] = numbers;
    assert.deepEqual(
      numbers,
      numbers.map((_, at) => first + at),
    );
    assert.equal(events.filter(({ type }) => type === "connection-ready").length, 2);
  });
});

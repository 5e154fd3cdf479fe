import assert from "node:assert/strict";
import { silentLogger } from "../../../../src/base/logger.ts";
import { BridgeSwitch } from "../../../../src/hosting/lifecycle/bridgeSwitch.ts";
import { PortReclaim, type ReclaimingBridge } from "../../../../src/host/lifecycle/portReclaim.ts";
import { FakeAddress, listing } from "../../../support/fakeAddress.ts";

const NEXT = { url: "http://127.0.0.1:3002", port: 3002 };

describe("PortReclaim", () => {
  let address: FakeAddress;
  let toggle: BridgeSwitch<ReclaimingBridge>;
  let reclaim: PortReclaim;
  let enabled: boolean[];
  let offered: number[];

  beforeEach(async () => {
    address = new FakeAddress(NEXT);
    enabled = [];
    offered = [];
    const build = async (): Promise<ReclaimingBridge> => ({
      ...NEXT,
      note: undefined,
      address,
      window: { describe: () => ({ id: "own" }) },
      dispose: async () => undefined,
    });
    toggle = new BridgeSwitch(build, silentLogger);
    const deps = { enable: (can: boolean) => enabled.push(can), offer: (port: number) => offered.push(port) };
    reclaim = new PortReclaim({ toggle, ...deps });
    await toggle.start();
  });

  afterEach(async () => {
    await reclaim.dispose();
    await toggle.dispose();
  });

  it("offers the wanted port once it is free, and no more after the move", async () => {
    assert.deepEqual([enabled, offered], [[], []]);
    address.become({ canReclaim: true });
    assert.deepEqual([enabled, offered], [[true], [3001]]);
    await address.reclaim();
    assert.deepEqual([enabled, offered], [[true, false], [3001]]);
  });

  it("does not offer again when the port was taken and left in between", () => {
    for (const canReclaim of [true, false, true]) address.become({ canReclaim });
    assert.deepEqual([enabled, offered], [[true, false, true], [3001]]);
  });

  it("leaves the offer to the window that had the focus last, and the command to all", () => {
    address.become({ canReclaim: true, windows: [listing("own", { owner: true }), listing("b", { focused: true })] });
    assert.deepEqual([enabled, offered], [[true], []]);
    address.become({ canReclaim: false });
    address.become({ canReclaim: true, role: "member", windows: [listing("own", { focused: true }), listing("b")] });
    assert.deepEqual([enabled, offered], [[true, false, true], [3001]]);
  });

  it("leaves the offer to the owner if no window had the focus", () => {
    address.become({ canReclaim: true, role: "member" });
    assert.deepEqual([enabled, offered], [[true], []]);
  });

  it("disables the command when the bridge stops, and offers again after the next start", async () => {
    address.become({ canReclaim: true });
    await toggle.stop();
    assert.deepEqual([enabled, offered], [[true, false], [3001]]);
    await toggle.start();
    assert.deepEqual(
      [enabled, offered],
      [
        [true, false, true],
        [3001, 3001],
      ],
    );
  });
});

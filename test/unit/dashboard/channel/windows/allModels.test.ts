import assert from "node:assert/strict";
import { dashboardDepsOf } from "../../../../../src/dashboard/channel/bridgeDeps.ts";
import { modelsView } from "../../../../../src/dashboard/channel/modelActions.ts";
import { fakeLibrary, FakeModels } from "../../../../support/models/fakeModels.ts";
import { type LinkedBridges, startLinkedBridges } from "../../../../support/windows/linkedBridges.ts";

const MEMBER = "member-window";

describe("The models of all windows", () => {
  let bridges: LinkedBridges;
  let loads = 0;

  before(async () => {
    const engines = [{ id: "local", wire: "openai-chat", auth: { kind: "none" } }];
    const settings = () => (key: string) => (key === "engines" ? engines : undefined);
    const loadEngines = async () => {
      loads++;
      return fakeLibrary(new FakeModels());
    };
    bridges = await startLinkedBridges({ owner: { settings, loadEngines }, member: { settings, loadEngines } });
  });
  after(() => bridges.dispose());

  const windowsOf = async (home?: string) =>
    await dashboardDepsOf({ ...bridges.owner.core, windows: bridges.windows }, home).models.windows();

  it("are those of each window, that of the dashboard first", async () => {
    const { dispatcher } = bridges.member.core;
    await (await dispatcher.submit({ command: "ok", target: "local" })).settled;
    const shown = (await windowsOf()).map(({ windowId, engines, sessions }) => [
      windowId,
      engines.map(({ id, state }) => `${id} ${state}`),
      sessions,
    ]);
    const session = { id: "sess-local-1", name: "default" };
    const [own, other] = [
      ["owner-window", ["local unknown"], []],
      [MEMBER, ["local ready"], [session]],
    ];
    assert.deepEqual(shown, [own, other]);
    assert.deepEqual(
      (await windowsOf(MEMBER)).map(({ windowId }) => windowId),
      [MEMBER, "owner-window"],
    );
  });

  it("are shown without the bundle of models in a window that has not used it", async () => {
    const before = loads;
    const { core } = bridges.owner;
    const { models } = dashboardDepsOf({ ...core, windows: bridges.windows });
    const { windows, usage } = await modelsView(models);
    assert.deepEqual([windows.length, usage?.engines.map(({ engine, steps }) => [engine, steps])], [2, [["local", 0]]]);
    assert.equal(loads, before);
  });

  it("leave out a window that does not respond", async () => {
    bridges.link.end();
    assert.deepEqual(
      (await windowsOf()).map(({ windowId }) => windowId),
      ["owner-window"],
    );
  });
});

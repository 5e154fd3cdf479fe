import assert from "node:assert/strict";
import { type Caller, type Principal, ownerProgram } from "../../../src/core/access/principal.ts";
import { visibleEvent } from "../../../src/core/access/visibleEvent.ts";
import { makeCore } from "../../support/core.ts";
import { FakeEditor } from "../../support/fakePorts.ts";
import { FakePrincipals } from "../../support/fakePrincipals.ts";

const by = (principal: Principal): Caller => ({ principal, via: "http" });

describe("StatusBoard, for principals", () => {
  const principals = new FakePrincipals();
  const ci = principals.add("ci", { commands: { allow: ["ci.*"] } });
  const viewer = principals.add("viewer", { role: "viewer" });
  const never = new Promise<never>(() => undefined);
  const editor = new FakeEditor({ "secret.build": () => never, "ci.test": () => never });

  it("tells the current command only to those who may see its execution, and others their own", async () => {
    const { dispatcher, status, catalog } = makeCore({ editor });
    await catalog.refresh();
    await dispatcher.submit({ command: "secret.build" }, ownerProgram);
    assert.equal(status.current(ci).currentCommand, undefined);
    assert.equal(status.current(ci).status, "busy");
    assert.deepEqual(
      [status.current().currentCommand, status.current(viewer).currentCommand],
      ["secret.build", "secret.build"],
    );
    await dispatcher.submit({ command: "ci.test" }, by(ci));
    assert.equal(status.current(ci).currentCommand, "ci.test");
    assert.equal(status.current(viewer).currentCommand, "secret.build");
    dispatcher.dispose();
  });

  it("lists the commands that the principal's own rules allow", async () => {
    const { status, catalog } = makeCore({ editor });
    await catalog.refresh();
    assert.deepEqual(status.current(ci).availableCommands, ["ci.test"]);
    assert.ok(status.current(viewer).availableCommands.includes("secret.build"));
  });

  it("names the principal of the current command in status-changed, so that others do not receive it", async () => {
    const { dispatcher, events } = makeCore({ editor: new FakeEditor({ "ci.test": () => 1 }) });
    await (await dispatcher.submit({ command: "ci.test" }, by(ci))).settled;
    const changes = events.read(0).events.filter(({ type }) => type === "status-changed");
    assert.deepEqual(
      changes.map(({ eventId: _id, timestamp: _time, windowId: _window, windowEventId: _own, ...change }) => change),
      [
        {
          type: "status-changed",
          status: "busy",
          previousStatus: "ready",
          currentCommand: "ci.test",
          principalId: ci.id,
        },
        { type: "status-changed", status: "ready", previousStatus: "busy" },
      ],
    );
    const other = principals.add("other");
    for (const change of changes) assert.ok(!JSON.stringify(visibleEvent(change, other)).includes("ci"));
  });
});

import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { adviceFor } from "../../../src/dashboard/page/detail/advice.ts";
import { BridgeError } from "../../../src/protocol/errors.ts";
import {
  bridgeOff,
  bridgeStopping,
  causeOf,
  unavailable,
  unavailableCauses,
  unavailableContext,
} from "../../../src/protocol/unavailable.ts";

const root = join(import.meta.dirname, "../../..");

describe("KIRO_UNAVAILABLE", () => {
  it("tells a broken CLI from a bridge that is off or stopping, which share their reason", () => {
    const errors = [bridgeOff(), bridgeStopping(), unavailable("cli-broken", "Kiro CLI exited.")];
    assert.deepEqual(new Set(errors.map(({ context }) => context?.["reason"])), new Set(["not_running"]));
    assert.deepEqual(errors.map(causeOf), ["bridge-off", "bridge-stopping", "cli-broken"]);
  });

  it("has a cause only where it is known, and no other error has one", () => {
    assert.equal(causeOf(new BridgeError("KIRO_UNAVAILABLE", "gone", { cause: "made up" })), undefined);
    assert.equal(causeOf(new BridgeError("CONFLICT", "no", { cause: "cli-missing" })), undefined);
    assert.equal(causeOf(undefined), undefined);
  });

  it("keeps the reason that goes with each cause, as the wire contract has it", () => {
    const contract = readFileSync(join(root, "docs/wire-contract.md"), "utf8");
    const rows = [...contract.matchAll(/^\| `([a-z-]+)` \| `(not_\w+|window_disconnected)`/gm)];
    assert.deepEqual(
      rows.map(([, cause, reason]) => [cause, reason]),
      unavailableCauses.map((cause) => [cause, unavailableContext(cause)["reason"]]),
    );
  });

  /** Those of the bus are in the processes of plugins as well; the target of plugins gives them their cause. */
  it("comes from one place, so that none is without a cause, except on the bus of the plugins", () => {
    const bus = `plugins${sep}`;
    const files = globSync("**/*.ts", { cwd: join(root, "src") }).filter((file) => !file.startsWith(bus));
    const makers = files.filter((file) =>
      /new BridgeError\(\s*"KIRO_UNAVAILABLE"/.test(readFileSync(join(root, "src", file), "utf8")),
    );
    assert.deepEqual(makers, [join("protocol", "unavailable.ts")]);
  });

  it("leads to an advice of its own for each cause, and to a diagnosis only where it is the CLI", () => {
    const advice = unavailableCauses.map((cause) => [cause, adviceFor("KIRO_UNAVAILABLE", cause)] as const);
    assert.equal(new Set(advice.map(([, { text }]) => text)).size, unavailableCauses.length);
    const diagnosed = advice.filter(([, { button }]) => button?.method === "diagnose").map(([cause]) => cause);
    assert.deepEqual(diagnosed, ["cli-broken", "cli-not-responding", "cli-restarting"]);
  });
});

import { join } from "node:path";
import { chaosOf, exchange } from "../support/plugins/chaos/chaos.ts";
import { EmbeddedPlace } from "../support/plugins/chaos/embeddedPlace.ts";
import { removeFolder, temporaryFolder } from "../support/temporaryFolder.ts";

const DEADLINE_MS = 300_000;

describe("20 plugins, whose processes, connections and bridges fail at random", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => removeFolder(folder));

  it("lose none of 100,000 durable messages, double no effect, keep the order and forge nothing", () =>
    exchange(new EmbeddedPlace(join(folder, "bus")), chaosOf(100_000, 80))).timeout(DEADLINE_MS);
});

import { join } from "node:path";
import { systemClock } from "../../../../src/base/clock.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { DurableLog } from "../../../../src/plugins/durable/durableLog.ts";
import { LogFolder } from "../../../../src/plugins/durable/logFolder.ts";
import { busOf, embeddedBroker } from "../../../support/plugins/busUnderTest.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { busSuite } from "./busSuite.ts";
import { durableBusSuite } from "./durableBusSuite.ts";

describe("The embedded bus", () => {
  busSuite(async () => busOf([embeddedBroker()], async () => undefined));
});

describe("The embedded bus with a log on disk", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  busSuite(async () => {
    const files = new LogFolder(join(folder, "bus"));
    const deps = { clock: systemClock, logger: silentLogger, isOwner: () => Promise.resolve(true) };
    return busOf([embeddedBroker({}, new DurableLog({ ...deps, files }))], async () => undefined);
  }, [durableBusSuite]);
  // After the bus has let its files go.
  afterEach(() => removeFolder(folder));
});

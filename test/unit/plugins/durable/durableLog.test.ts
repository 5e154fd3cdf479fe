import { join } from "node:path";
import { systemClock } from "../../../../src/base/clock.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { DurableLog } from "../../../../src/plugins/durable/durableLog.ts";
import { LogFolder } from "../../../../src/plugins/durable/logFolder.ts";
import type { DurableEnd } from "../../../support/plugins/durableWorld.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { durableSuite } from "../transport/durableSuite.ts";

describe("DurableLog", () => {
  durableSuite(async () => {
    const folder = join(await temporaryFolder(), "bus");
    const start = (): Promise<DurableEnd> => {
      const deps = { clock: systemClock, logger: silentLogger, isOwner: () => Promise.resolve(true) };
      const log = new DurableLog({ ...deps, files: new LogFolder(folder) });
      return Promise.resolve({ durable: log, publish: (packet) => log.append(packet), close: () => log.dispose() });
    };
    return { start, dispose: () => removeFolder(join(folder, "..")) };
  });
});

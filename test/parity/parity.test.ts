import assert from "node:assert/strict";
import { runsCodeServer } from "../support/editor/codeServerInstall.ts";
import type { ParityStep } from "../support/parity/parityCalls.ts";
import { type ParityHost, parityHosts } from "../support/parity/parityHost.ts";
import { tarball } from "../npm/installedProject.ts";
import { accessSteps } from "./steps/access.ts";
import { chatSteps } from "./steps/chat.ts";
import { gatewaySteps } from "./steps/gateways.ts";
import { httpSteps } from "./steps/http.ts";
import { pluginSteps } from "./steps/plugins.ts";

const areas: Readonly<Record<string, readonly ParityStep[]>> = {
  HTTP: httpSteps,
  "chat, sessions and the terminal": chatSteps,
  access: accessSteps,
  gateways: gatewaySteps,
  plugins: pluginSteps,
};

for (const [name, start] of Object.entries(parityHosts)) {
  // The editor needs code-server, and is pending where there is none.
  const describeHost = name.startsWith("in the editor") && !runsCodeServer ? describe.skip : describe;
  describeHost(`The bridge ${name}`, function () {
    this.timeout(600_000);
    let host: ParityHost;

    before(async () => {
      host = await start(tarball);
    });
    after(() => host?.end());

    for (const [area, steps] of Object.entries(areas)) {
      describe(area, () => {
        for (const { name: step, make, expected } of steps) {
          it(step, async () => {
            const text = JSON.stringify(await make(host), (_key, value) =>
              value === host.folder ? "the folder" : value,
            );
            assert.deepEqual(JSON.parse(text), expected);
          });
        }
      });
    }
  });
}

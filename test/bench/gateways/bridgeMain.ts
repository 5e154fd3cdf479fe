import { homedir } from "node:os";
import { join } from "node:path";
import { EchoTerminal } from "../../support/programs/fakeTerminal.ts";
import { simulatedKiro } from "../../support/simulatedKiro.ts";
import { startTestBridge } from "../../support/testBridge.ts";
import { serveBench } from "../benchProcess.ts";

const program = {
  command: process.execPath,
  leadingArgs: [join(import.meta.dirname, "../kiro/stampingAgent.mjs")],
  env: {},
  isSimulated: true,
};

const bridge = await startTestBridge({
  createKiro: (events) =>
    simulatedKiro({
      folder: homedir(),
      isInstalled: true,
      program,
      report: (event) => events.append(event),
      terminals: { open: async () => new EchoTerminal() },
    }),
});

serveBench(bridge.port, () => bridge.dispose());

// A bridge with an engine for each wire. The port of their vendor is the argument.
import { TEST_MODEL } from "../../support/models/forms/scriptedAnswer.ts";
import { startEngineBridge } from "../../support/models/startEngineBridge.ts";
import { serveBench } from "../benchProcess.ts";
import { baseUrlOf, wireNames } from "./wires.ts";

const vendor = Number(process.argv[2]);
const rig = await startEngineBridge({
  engines: wireNames.map((wire) => ({ id: wire, wire, baseUrl: baseUrlOf(wire, vendor), models: [TEST_MODEL] })),
});
serveBench(rig.bridge.port, () => rig.dispose());

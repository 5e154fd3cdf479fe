import { isBridgeError } from "../../protocol/errors.ts";
import { PluginState } from "../state/pluginState.ts";
import { FailureReports } from "./failureReports.ts";
import { thisProcess } from "./thisProcess.ts";

/** The shared state of a plugin of this process. It is shared until the message bus of the plugin is cleared. */
export class DistributedStateManager extends PluginState {
  /**
   * @param id the name of the plugin
   * @throws BridgeError VALIDATION_FAILED for a name that no plugin can have
   */
  constructor(id: string) {
    const bus = thisProcess.get(id);
    const { participant } = bus;
    const reports = new FailureReports();
    thisProcess.keepState();
    super({
      participant,
      onProblem: (error) => {
        if (!participant.isEnded) reports.report(isBridgeError(error) ? error.code : "other", error);
      },
    });
    bus.own(this);
  }
}

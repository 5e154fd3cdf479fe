import { Policy } from "../../../src/core/commands/policy.ts";
import type { BusParticipant } from "../../../src/plugins/bus/participant.ts";
import type { Plugins } from "../../../src/plugins/pluginsLibrary.ts";
import { startTestBridge, type TestBridge } from "../testBridge.ts";
import { FakeDirectory } from "./fakeDirectory.ts";

/** A whole bridge with a directory of plugins, which take part in its bus from here. */
export interface OwnPluginsBridge {
  readonly bridge: TestBridge;
  readonly directory: FakeDirectory;
  readonly plugins: Plugins;
  join(name: string): BusParticipant;
  dispose(): Promise<void>;
}

/** @param deny patterns of commands */
export async function startOwnPluginsBridge(...deny: string[]): Promise<OwnPluginsBridge> {
  const bridge = await startTestBridge({ policy: new Policy(["*"], deny) });
  const directory = new FakeDirectory();
  const plugins = await bridge.core.pluginBus.load();
  plugins.own.follow(directory);
  // The bus of this window has started.
  await plugins.bus.whenHere();
  return { bridge, directory, plugins, join: (name) => plugins.bus.attach(name), dispose: () => bridge.dispose() };
}

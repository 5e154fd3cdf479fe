import { withDeadline } from "../../support/editor/deadline.ts";
import { Wire, type Exchange } from "./wire.ts";
import { WireBridge, type WireBridgeOptions } from "./wireBridge.ts";

/** An area takes a second at most; when an event is missing, it waits in vain. */
const DEADLINE_MS = 60_000;

/** Exchanges about one subject, which share a bridge. */
export interface Area {
  readonly name: string;
  readonly options?: WireBridgeOptions;
  readonly play: (wire: Wire) => Promise<void>;
}

export interface PlayedArea {
  readonly exchanges: readonly Exchange[];
  /** Why it ended early. */
  readonly failure?: unknown;
}

/** Plays an area on a bridge of its own. */
export async function playArea({ name, options, play }: Area): Promise<PlayedArea> {
  const bridge = await WireBridge.start(options);
  const wire = new Wire(bridge);
  try {
    await withDeadline(play(wire), DEADLINE_MS, `the end of the area ${name}`);
    return { exchanges: wire.exchanges };
  } catch (failure) {
    return { exchanges: wire.exchanges, failure };
  } finally {
    wire.dispose();
    await bridge.dispose();
  }
}

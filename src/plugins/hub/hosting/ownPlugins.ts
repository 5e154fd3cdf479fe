import type { Disposable } from "../../../base/disposables.ts";
import { Emitter, type Event } from "../../../base/events.ts";
import type { PluginRecord } from "../pluginDirectory.ts";

interface Records {
  records(): readonly PluginRecord[];
  readonly onDidChange: Event<void>;
}

/** The plugins of this window, before and while it searches for some. */
export class OwnPlugins implements Records, Disposable {
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  #host: Records | undefined;
  #following: Disposable | undefined;

  records(): readonly PluginRecord[] {
    return this.#host?.records() ?? [];
  }

  /** @param host undefined when it has ended */
  follow(host: Records | undefined): void {
    void this.#following?.dispose();
    this.#host = host;
    this.#following = host?.onDidChange(() => this.#changed.fire());
    this.#changed.fire();
  }

  dispose(): void {
    void this.#following?.dispose();
    this.#changed.dispose();
  }
}

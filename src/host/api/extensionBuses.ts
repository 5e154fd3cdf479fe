import type { Disposable } from "../../base/disposables.ts";
import type { Event } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import type { EditorMessageBus, EditorPlugin } from "../../plugins/bus/extensionApi.ts";
import type { BusParticipant } from "../../plugins/bus/participant.ts";
import { isPluginName } from "../../plugins/bus/names.ts";
import { FollowingParticipant } from "../../plugins/hub/followingParticipant.ts";
import { BridgeError, messageOf } from "../../protocol/errors.ts";
import { quote } from "../../protocol/validate.ts";

/** The parts of a bridge that other extensions use. */
interface BridgeParts {
  readonly pluginBus: { load(): Promise<{ readonly bus: { attach(name: string): BusParticipant } }> };
  readonly pluginHosting: {
    readonly opened: Promise<{ readonly directory: { plugins(): readonly EditorPlugin[] } } | undefined>;
  };
}

export interface ExtensionBusesDeps {
  readonly toggle: { readonly bridge: BridgeParts | undefined; readonly onDidChangeState: Event<unknown> };
  readonly logger: Logger;
}

/** The participants that other extensions have in the bus. They follow the bridge over its restarts. */
export class ExtensionBuses implements Disposable {
  readonly #deps: ExtensionBusesDeps;
  readonly #participants = new Set<FollowingParticipant>();
  readonly #listening: Disposable;
  #bridge: BridgeParts | undefined;

  constructor(deps: ExtensionBusesDeps) {
    this.#deps = deps;
    this.#bridge = deps.toggle.bridge;
    this.#listening = deps.toggle.onDidChangeState(() => this.#changed());
  }

  /** @throws BridgeError VALIDATION_FAILED */
  open(name: unknown): EditorMessageBus {
    if (typeof name !== "string" || !isPluginName(name))
      throw new BridgeError("VALIDATION_FAILED", `${quote(String(name))} is not a name that a plugin can have.`);
    const participant = new FollowingParticipant(name, {
      onError: (error) => this.#warn(name, error),
      onDispose: () => this.#participants.delete(participant),
    });
    this.#participants.add(participant);
    void this.#follow(participant);
    return {
      id: name,
      publish: (message) => participant.publish(message),
      subscribe: (pattern, handler, options) => {
        const run = ({ message, signal }: Parameters<Parameters<typeof participant.subscribe>[1]>[0]): unknown =>
          handler(message, signal);
        const subscription = participant.subscribe(pattern, run, options);
        return () => subscription.unsubscribe();
      },
      request: (message, options) => participant.request(message, options),
      respond: (correlationId, payload) => participant.respond(correlationId, payload),
      progress: (correlationId, payload) => participant.progress(correlationId, payload),
      dispose: () => participant.dispose(),
    };
  }

  async plugins(): Promise<readonly EditorPlugin[]> {
    const opened = await this.#bridge?.pluginHosting.opened;
    const records = opened?.directory.plugins() ?? [];
    return records.map(({ name, version, state, windowId }) => ({ name, version, state, windowId }));
  }

  async dispose(): Promise<void> {
    void this.#listening.dispose();
    await Promise.all([...this.#participants].map((participant) => participant.dispose()));
  }

  #changed(): void {
    const { bridge } = this.#deps.toggle;
    if (bridge === this.#bridge) return;
    this.#bridge = bridge;
    for (const participant of this.#participants) void this.#follow(participant);
  }

  async #follow(participant: FollowingParticipant): Promise<void> {
    const bridge = this.#bridge;
    participant.follow(undefined);
    if (bridge === undefined) return;
    try {
      const { bus } = await bridge.pluginBus.load();
      if (this.#bridge === bridge) participant.follow(bus.attach(participant.name));
    } catch (error) {
      this.#warn(participant.name, error);
    }
  }

  #warn(name: string, error: unknown): void {
    this.#deps.logger.warn("An extension cannot take part in the bus", { name, error: messageOf(error) });
  }
}

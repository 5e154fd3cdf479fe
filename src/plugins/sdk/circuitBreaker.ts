import {
  CircuitBreaker as PluginCircuitBreaker,
  type CircuitBreakerOptions,
  circuitTopic,
} from "../breaker/circuitBreaker.ts";
import { thisProcess } from "./thisProcess.ts";

/**
 * A circuit breaker of a plugin of this process. It publishes each change of its state on `plugin/<id>/circuit-breaker`, if
 * there is a message bus.
 */
export class CircuitBreaker extends PluginCircuitBreaker {
  /** @param id the name of the plugin */
  constructor(id: string, options: CircuitBreakerOptions = {}) {
    super(id, options, {
      onTransition: (payload) => {
        // The rejection of a publish is a warning of the process.
        const bus = thisProcess.find(id) ?? thisProcess.find();
        void bus?.publish({ topic: circuitTopic(id), messageType: "event", payload });
      },
    });
  }
}

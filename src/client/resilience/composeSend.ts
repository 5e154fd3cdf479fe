import { EVENT_STREAM, type Send, type WireRequest } from "../http/send.ts";
import { CallMetrics } from "./callMetrics.ts";
import { CircuitBreaker, type CircuitBreakerOptions } from "./circuitBreaker.ts";
import { type PoolOptions, pooled } from "./pool.ts";
import { CallQueue, type QueueOptions } from "./queue.ts";
import { retrying, type RetryOptions, RetryPolicy } from "./retry.ts";
import { systemTimes, type Times } from "../times.ts";

/** The options of a client that wrap its calls. `true` means the defaults. */
export interface ResilienceOptions {
  readonly retry?: boolean | RetryOptions | undefined;
  readonly circuitBreaker?: boolean | CircuitBreakerOptions | undefined;
  readonly queue?: boolean | QueueOptions | undefined;
  readonly pool?: PoolOptions | undefined;
}

export interface ResilientSend {
  readonly send: Send;
  readonly metrics: CallMetrics;
  readonly circuit: CircuitBreaker | undefined;
  readonly queue: CallQueue | undefined;
}

/**
 * Wraps a sender: a call waits in the queue, is counted, passes the circuit breaker, is repeated by the retries, and each
 * attempt takes a place in the pool. So the metrics do not include the time in the queue, and for the breaker a call that
 * was repeated in vain is one failure. Event streams pass by: they are long, and connect again on their own.
 */
export function composeSend(base: Send, options: ResilienceOptions, times: Times = systemTimes): ResilientSend {
  const metrics = new CallMetrics(times);
  const circuit = withOptions(options.circuitBreaker, (given) => new CircuitBreaker(given, times));
  const queue = withOptions(options.queue, (given) => new CallQueue(given));
  const retry = withOptions(options.retry, (given) => new RetryPolicy(given, times));
  let send = options.pool === undefined ? base : pooled(base, options.pool);
  if (retry !== undefined) send = retrying(send, retry);
  if (circuit !== undefined) send = circuit.wrap(send);
  send = metrics.wrap(send);
  if (queue !== undefined) send = queue.wrap(send);
  const isEventStream = ({ accept, command }: WireRequest): boolean => accept === EVENT_STREAM && command === undefined;
  return { send: (request) => (isEventStream(request) ? base : send)(request), metrics, circuit, queue };
}

function withOptions<T extends object, U>(
  option: boolean | T | undefined,
  create: (options: Partial<T>) => U,
): U | undefined {
  if (option === undefined || option === false) return undefined;
  return create(option === true ? {} : option);
}

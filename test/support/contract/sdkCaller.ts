import { isKiroBridgeError, KiroBridgeClient } from "../../../src/client/index.ts";
import type { Caller } from "./callScript.ts";
import { outcomeOf } from "./fetchCaller.ts";

/** The SDK, with all its options on: none of them may change a result. */
export function sdkCaller({ url, token }: { readonly url: string; readonly token: string }): Caller {
  const client = new KiroBridgeClient(url, {
    token,
    retry: true,
    circuitBreaker: true,
    queue: true,
    pool: { maxSockets: 5 },
    health: true,
  });
  return {
    name: "the SDK",
    status: () => client.getStatus(),
    isReady: () => client.isReady(),
    execute: (command, args) =>
      client.executeCommand(command, args).then(outcomeOf, (error: unknown) => {
        if (!isKiroBridgeError(error) || error.status === undefined) throw error;
        return { rejected: error.status };
      }),
    end: () => client.close(),
  };
}

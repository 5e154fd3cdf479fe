import { ModelFailure } from "../../../core/models/modelFailure.ts";
import { networkProblem } from "../../../core/network/networkProblem.ts";

/**
 * Returns the failure of a connection to a vendor; undefined if an error is none.
 * @param host for its sentence; may have a port
 */
export function networkFailure(error: unknown, host: string): ModelFailure | undefined {
  const problem = networkProblem(error, host);
  return problem && new ModelFailure(problem.kind, problem.sentence, { cause: error });
}

import { type Cloud, type CloudInputs, createCloud } from "./cloud/cloud.ts";
import type { Faults } from "./cloud/faults/faults.ts";
import { type OperatorFetch, operatorApi } from "./cloud/operator/api.ts";
import { createOperator, type Operator } from "./cloud/operator/operator.ts";

/** A cloud, and the hand that makes it misbehave. */
export interface World {
  readonly cloud: Cloud;
  readonly faults: Faults;
  /** What an operator does behind the tenants' backs: quotas, crashes, revoked tokens. */
  readonly operator: Operator;
  /** The operator's hand over HTTP; it wants the settings' bearer token and answers nobody without one. */
  readonly operatorFetch: OperatorFetch;
  stop(): void;
}

export const createWorld = async (inputs: CloudInputs): Promise<World> => {
  const cloud = await createCloud(inputs);
  const operator = createOperator(cloud);
  return {
    cloud,
    faults: cloud.faults,
    operator,
    operatorFetch: operatorApi(cloud, operator, inputs.settings.operatorToken),
    stop: cloud.stop,
  };
};

import { type Cloud, type CloudInputs, createCloud } from "./cloud/cloud.ts";
import type { Faults } from "./cloud/faults/faults.ts";
import type { Front } from "./cloud/http/front.ts";
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
  const operatorFetch = operatorApi(cloud, operator, inputs.settings.operatorToken);
  const identity =
    inputs.settings.operatorToken === undefined ? cloud.services.identity : withOperator(cloud.services.identity, operatorFetch);
  return {
    cloud: { ...cloud, services: { ...cloud.services, identity } },
    faults: cloud.faults,
    operator,
    operatorFetch,
    stop: cloud.stop,
  };
};

/** The operator's door is on Keystone's port, beside `/v3`: one address less to know. */
const withOperator = (keystone: Front, operatorFetch: OperatorFetch): Front => {
  const isOperator = (url: string): boolean => /^[a-z]+:\/\/[^/]+\/operator\//.test(url);
  return {
    fetch: (request) => (isOperator(request.url) ? operatorFetch(request) : keystone.fetch(request)),
    transport: async (request) => {
      if (!isOperator(request.url)) return keystone.transport(request);
      const { method, url, headers, body } = request;
      const response = await operatorFetch(
        new Request(url, { method, headers, ...(body !== undefined && { body: body as BodyInit }) }),
      );
      return { status: response.status, headers: Object.fromEntries(response.headers), text: () => response.text() };
    },
  };
};

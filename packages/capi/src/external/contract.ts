import {
  type ApiEndpoint,
  type Condition,
  type FailureDomains,
  type KubeObject,
  type MachineAddress,
  type Stored,
  saidConditions,
  type UnstructuredObject,
} from "@slipway/api";
import { isFalse, isTrue, mirror, type NewCondition } from "@slipway/runtime";
import { describeKind, type External } from "./external.ts";

/** What the provider contract says can be read from a provider's object (spec H). Every reader names the field when it is of a wrong type. */
type Provided = Stored<UnstructuredObject>;

const field = (object: Provided, ...path: readonly string[]): unknown => {
  let value: unknown = object;
  for (const name of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as { readonly [name: string]: unknown })[name];
  }
  return value ?? undefined;
};

const wrong = (object: Provided, path: readonly string[], expected: string): Error =>
  new Error(`${object.kind} ${object.metadata.name}: ${path.join(".")} must be ${expected}`);

const booleanAt = (object: Provided, ...path: readonly string[]): boolean => {
  const value = field(object, ...path);
  if (value === undefined) return false;
  if (typeof value === "boolean") return value;
  throw wrong(object, path, "true or false");
};

const stringAt = (object: Provided, ...path: readonly string[]): string | undefined => {
  const value = field(object, ...path);
  if (value === undefined || typeof value === "string") return value;
  throw wrong(object, path, "a string");
};

export const numberAt = (object: Provided, ...path: readonly string[]): number | undefined => {
  const value = field(object, ...path);
  return typeof value === "number" ? value : undefined;
};

/** CORE-100 */
export const isReady = (object: Provided): boolean => booleanAt(object, "status", "ready");
export const isInitialized = (object: Provided): boolean => booleanAt(object, "status", "initialized");
export const isExternallyManaged = (object: Provided): boolean => booleanAt(object, "status", "externalManagedControlPlane");
export const isInterruptible = (object: Provided): boolean => booleanAt(object, "status", "interruptible");

export const dataSecretName = (object: Provided): string | undefined => stringAt(object, "status", "dataSecretName");
export const providerId = (object: Provided): string | undefined => stringAt(object, "spec", "providerID");
export const failureDomain = (object: Provided): string | undefined => stringAt(object, "spec", "failureDomain");

export const endpointOf = (object: Provided): ApiEndpoint | undefined => {
  const host = stringAt(object, "spec", "controlPlaneEndpoint", "host");
  const port = numberAt(object, "spec", "controlPlaneEndpoint", "port");
  return host === undefined && port === undefined ? undefined : { host: host ?? "", port: port ?? 0 };
};

/** CORE-133 */
export const isValidEndpoint = (endpoint: ApiEndpoint | undefined): endpoint is ApiEndpoint =>
  endpoint !== undefined && endpoint.host !== "" && endpoint.port !== 0;

export const failureDomainsOf = (object: Provided): FailureDomains => {
  const value = field(object, "status", "failureDomains");
  if (value === undefined) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value as FailureDomains;
  throw wrong(object, ["status", "failureDomains"], "a map");
};

export const addressesOf = (object: Provided): readonly MachineAddress[] | undefined => {
  const value = field(object, "status", "addresses");
  if (value === undefined || Array.isArray(value)) return value as readonly MachineAddress[] | undefined;
  throw wrong(object, ["status", "addresses"], "a list");
};

export interface Failure {
  readonly failureReason?: string;
  readonly failureMessage?: string;
}

/** What the provider has given up on, in the words that our object reports. CORE-101 */
export const failureOf = (external: External): Failure => {
  const { object } = external;
  if (!object) return {};
  const failureReason = stringAt(object, "status", "failureReason");
  const message = stringAt(object, "status", "failureMessage");
  return {
    ...(failureReason ? { failureReason } : {}),
    ...(message
      ? {
          failureMessage: `Failure detected from referenced resource ${describeKind(external)} with name "${object.metadata.name}": ${message}`,
        }
      : {}),
  };
};

/** The v1beta1 conditions, as far as they have the right shape. CORE-412 */
export const conditionsOf = (object: Provided): readonly Condition[] => saidConditions(object as KubeObject);

/** The provider's `Ready` under our name, or what its ready flag says. CORE-150, CORE-211, CORE-216 */
export const mirroredReady = (object: Provided, type: string, ready: boolean, fallbackReason: string): NewCondition =>
  mirror(type, conditionsOf(object)) ?? (ready ? isTrue(type) : isFalse(type, fallbackReason, "Info"));

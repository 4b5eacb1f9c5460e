import type { ServiceName } from "../settings.ts";

/** How the cloud misbehaves, as an operator asks for it. A rule stays until it is removed or its `count` is used up. */
export type FaultRule = CallFault | ScenarioFault;

interface RuleCommon {
  readonly id: string;
  /** 0 to 1; absent: always. */
  readonly probability?: number;
  /** How often it still strikes; absent: for ever. */
  readonly count?: number;
  /** A project's id or name. */
  readonly project?: string;
  /** How long it lasts from when it is added; absent: for ever. */
  readonly seconds?: number;
  /** Milliseconds since 1970, from `seconds`. */
  readonly until?: number;
}

/** One or more API calls go wrong. */
export interface CallFault extends RuleCommon {
  readonly kind: "call";
  readonly service?: ServiceName;
  readonly method?: string;
  /** Regular expression over path and query, `/v2.1/servers`. */
  readonly path?: string;
  /** Text that the request's body contains. */
  readonly body?: string;
  readonly action: CallAction;
}

export type CallAction =
  /** An answer in the service's own form; the call is not carried out. */
  | { readonly do: "refuse"; readonly status: number; readonly message?: string; readonly retryAfterSeconds?: number }
  /** A proxy in front of the service answers with HTML. */
  | { readonly do: "badGateway" }
  | { readonly do: "delay"; readonly milliseconds: number }
  /** No answer until the client gives up; the call is not carried out. */
  | { readonly do: "hang" }
  /** The connection breaks before the call is carried out. */
  | { readonly do: "reset" }
  /** The call is carried out, but the connection breaks before the answer. */
  | { readonly do: "loseAnswer" }
  /** Lists do not show yet what is younger than that, as with replicas that lag behind. */
  | { readonly do: "hideNew"; readonly seconds: number };

/** Something inside the cloud goes wrong although every call is answered. */
export interface ScenarioFault extends RuleCommon {
  readonly kind: "scenario";
  readonly scenario: Scenario;
  /** Regular expression over the object's name. */
  readonly name?: string;
  readonly zone?: string;
  readonly flavor?: string;
}

export type Scenario = (typeof scenarios)[number];
export const scenarios = [
  /** The server ends in ERROR: no valid host was found. */
  "server-no-valid-host",
  /** The server ends in ERROR: Neutron could not bind its port on the host. */
  "server-port-binding-failed",
  "server-stuck-building",
  /** DELETE is answered, the server stays. */
  "server-stuck-deleting",
  /** The load balancer stays in whatever PENDING state it is in. */
  "loadbalancer-stuck",
  "loadbalancer-error",
  /** The VIP's port is still there after the load balancer has gone. */
  "loadbalancer-port-left-over",
  /** The floating IP never leaves its old status. */
  "floatingip-stuck",
  "volume-stuck-creating",
  "volume-error",
  /** The guest's kernel does not find its root. */
  "guest-kernel-panic",
  /** The guest gets no address and reaches no metadata service. */
  "guest-no-network",
  /** cloud-init stumbles over its user data. */
  "guest-cloud-init-error",
  /** kubeadm's checks before the work find the server too small. */
  "guest-kubeadm-preflight",
  /** The guest boots, prints nothing and does nothing. */
  "guest-silent",
] as const;

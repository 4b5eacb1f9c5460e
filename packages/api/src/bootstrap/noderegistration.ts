import { required, s, type TypeOf } from "../kind/fields.ts";
import { asGiven } from "../kind/writing.ts";

export const taint = s.object("Keeps pods that do not tolerate it off the Node", {
  effect: required(s.string("What it does to them")),
  key: required(s.string("Key of the taint")),
  timeAdded: s.time("When it was put on"),
  value: s.string("Value of the taint"),
});
export type Taint = TypeOf<typeof taint>;

export const nodeRegistration = s.object("How the machine becomes a Node", {
  criSocket: s.string("Socket of the container runtime", { minLength: 1, maxLength: 512 }),
  ignorePreflightErrors: s.list("kubeadm checks whose failure is ignored", s.string({ minLength: 1, maxLength: 512 }), {
    maxItems: 50,
  }),
  imagePullPolicy: s.enum("When images are pulled", ["Always", "IfNotPresent", "Never"]),
  imagePullSerial: asGiven(s.boolean("Pull one image after the other")),
  kubeletExtraArgs: s.map("Arguments of the kubelet", s.string()),
  name: s.string("Name of the Node", { minLength: 1, maxLength: 253 }),
  taints: asGiven(s.list("Taints of the Node; absent: kubeadm's own; empty: none", taint, { maxItems: 100 })),
});
export type NodeRegistration = TypeOf<typeof nodeRegistration>;

export const localAPIEndpoint = s.object("Where this machine's API server answers", {
  advertiseAddress: s.string("Address", { minLength: 1, maxLength: 39 }),
  bindPort: s.int32("Port"),
});
export type LocalApiEndpoint = TypeOf<typeof localAPIEndpoint>;

export const skipPhases = s.list("kubeadm's phases that are left out", s.string({ minLength: 1, maxLength: 256 }), {
  maxItems: 50,
});

export const patches = s.object("Changes to what kubeadm writes", {
  directory: s.string("Directory of the patches", { minLength: 1, maxLength: 512 }),
});
export type Patches = TypeOf<typeof patches>;

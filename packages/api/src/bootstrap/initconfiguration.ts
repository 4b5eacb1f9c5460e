import { required, s, type TypeOf } from "../kind/fields.ts";
import { always, spelled } from "../kind/writing.ts";
import { localAPIEndpoint, nodeRegistration, patches, skipPhases } from "./noderegistration.ts";

const tokenPattern = "\\A([a-z0-9]{6})\\.([a-z0-9]{16})\\z";

const wellFormedToken = (text: string): string | undefined => (/^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(text) ? text : undefined);

export const bootstrapToken = s.object("A token with which machines join", {
  token: required(
    spelled(
      s.string("id.secret"),
      wellFormedToken,
      (text) => `the bootstrap token ${JSON.stringify(text)} was not of the form "${tokenPattern}"`,
    ),
  ),
  description: s.string("For people", { minLength: 1, maxLength: 512 }),
  expires: s.time("When it ends"),
  groups: s.list("Groups of whoever shows it", s.string({ minLength: 1, maxLength: 256 }), { maxItems: 100 }),
  ttl: s.duration("How long it lives"),
  usages: s.list("What it may be used for", s.string({ minLength: 1, maxLength: 256 }), { maxItems: 100 }),
});
export type BootstrapToken = TypeOf<typeof bootstrapToken>;

export const initConfiguration = s.object("kubeadm's settings for the first control plane machine", {
  apiVersion: s.string("Ignored"),
  bootstrapTokens: s.list("Tokens to make", bootstrapToken, { maxItems: 100 }),
  kind: s.string("Ignored"),
  localAPIEndpoint: always(localAPIEndpoint),
  nodeRegistration: always(nodeRegistration),
  patches: patches,
  skipPhases: skipPhases,
});
export type InitConfiguration = TypeOf<typeof initConfiguration>;

import {
  type Client,
  type DeleteOptions,
  isAlreadyExists,
  isNotFound,
  type KubeObject,
  type ObjectRef,
  type Patch,
  type Resource,
  type WriteOptions,
} from "@slipway/api";

/** What a phase may ask to be done to objects of the API. Doing it twice is harmless: made already and gone already are successes. */
export type KubeEffect =
  | { readonly call: "create"; readonly resource: Resource; readonly object: KubeObject }
  | { readonly call: "apply"; readonly resource: Resource; readonly object: KubeObject; readonly fieldManager: string }
  | {
      readonly call: "patch";
      readonly resource: Resource;
      readonly ref: ObjectRef;
      readonly patch: Patch;
      readonly subresource?: WriteOptions["subresource"];
    }
  | {
      readonly call: "delete";
      readonly resource: Resource;
      readonly ref: ObjectRef;
      readonly preconditions?: DeleteOptions["preconditions"];
      readonly propagationPolicy?: DeleteOptions["propagationPolicy"];
    };

export const performKube = async (client: Client, effect: KubeEffect): Promise<void> => {
  switch (effect.call) {
    case "create":
      await client.create(effect.resource, effect.object).catch(unless(isAlreadyExists));
      return;
    case "apply":
      await client.patch(
        effect.resource,
        refIn(effect.object),
        { type: "apply", body: effect.object },
        { fieldManager: effect.fieldManager, force: true },
      );
      return;
    case "patch":
      await client.patch(
        effect.resource,
        effect.ref,
        effect.patch,
        effect.subresource === undefined ? {} : { subresource: effect.subresource },
      );
      return;
    case "delete": {
      const { preconditions, propagationPolicy } = effect;
      await client
        .delete(effect.resource, effect.ref, {
          ...(preconditions && { preconditions }),
          ...(propagationPolicy && { propagationPolicy }),
        })
        .catch(unless(isNotFound));
      return;
    }
  }
};

const refIn = ({ metadata: { name = "", namespace } }: KubeObject): ObjectRef =>
  namespace === undefined ? { name } : { namespace, name };

const unless =
  (harmless: (error: unknown) => boolean) =>
  (error: unknown): void => {
    if (!harmless(error)) throw error;
  };

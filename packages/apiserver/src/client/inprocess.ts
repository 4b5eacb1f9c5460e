import {
  type Client,
  type KubeObject,
  type ListOptions,
  type ObjectList,
  type ObjectRef,
  type Resource,
  refOf,
  type Status,
  type Stored,
  type UnstructuredObject,
  type WatchEvent,
  type WriteOptions,
} from "@slipway/api";
import type { Registry, RequestContext, UserInfo } from "../registry/registry.ts";

export interface InProcessOptions {
  /** Who the requests come from; default: the program itself, which may do everything. */
  readonly user?: UserInfo;
  /** The manager in `managedFields` for writes that name none. */
  readonly fieldManager?: string;
  /** Told of each warning that HTTP would send in a header. */
  readonly onWarning?: (text: string) => void;
}

const program: UserInfo = { name: "system:slipway", groups: ["system:masters", "system:authenticated"] };

/** The Client without a wire: no JSON, no sockets; the same answers, errors and order of events. */
export const createInProcessClient = (registry: Registry, options: InProcessOptions = {}): Client => {
  const context: RequestContext = { user: options.user ?? program, warn: (text) => options.onWarning?.(text) };
  const managed = <O extends WriteOptions>(given: O | undefined) => ({
    ...given,
    fieldManager: given?.fieldManager ?? options.fieldManager ?? "slipway",
  });
  /** The registry knows objects by their kind at run time; the compiler knows them by the resource's type. */
  const typed = <T extends KubeObject>(object: Stored<UnstructuredObject>): Stored<T> => object as unknown as Stored<T>;
  const untyped = (object: KubeObject): UnstructuredObject => object as unknown as UnstructuredObject;

  return {
    get: async <T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, getOptions = {}) =>
      typed<T>(await registry.get(resource, ref, getOptions, context)),

    list: async <T extends KubeObject>(resource: Resource<T>, listOptions: ListOptions = {}) =>
      (await registry.list(resource, listOptions, context)) as unknown as ObjectList<T>,

    async *watch<T extends KubeObject>(resource: Resource<T>, watchOptions = {}): AsyncGenerator<WatchEvent<T>> {
      const stream = registry.watch(resource, watchOptions, context);
      try {
        for (let events = await stream.next(); events !== undefined; events = await stream.next()) {
          yield* events as unknown as readonly WatchEvent<T>[];
        }
      } finally {
        stream.close();
      }
    },

    create: async <T extends KubeObject>(resource: Resource<T>, object: T, writeOptions?: WriteOptions) =>
      typed<T>((await registry.create(resource, untyped(object), managed(writeOptions), context)).object),

    update: async <T extends KubeObject>(resource: Resource<T>, object: T, writeOptions?: WriteOptions) =>
      typed<T>((await registry.update(resource, refOf(object), untyped(object), managed(writeOptions), context)).object),

    patch: async <T extends KubeObject>(
      resource: Resource<T>,
      ref: ObjectRef,
      patch: Parameters<Client["patch"]>[2],
      writeOptions?: WriteOptions,
    ) => typed<T>((await registry.patch(resource, ref, patch, managed(writeOptions), context)).object),

    delete: async <T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, deleteOptions = {}) =>
      (await registry.delete(resource, ref, deleteOptions, context)).object as unknown as Stored<T> | Status,

    deleteCollection: async (resource, deleteOptions = {}) => {
      await registry.deleteCollection(resource, deleteOptions, context);
    },
  };
};

/** What `slipway status` shows: where everything is, and whether each part is well. */
export interface Status {
  readonly ready: boolean;
  readonly endpoints: { readonly [name: string]: string };
  readonly components: readonly Component[];
}

export interface Component {
  readonly name: string;
  readonly namespace: string;
  readonly ready: boolean;
  readonly message: string;
}

/** Parts report themselves here; readers see the latest. */
export interface StatusBoard {
  set(component: Component): void;
  read(): Status;
}

export const createStatusBoard = (endpoints: Status["endpoints"]): StatusBoard => {
  const components = new Map<string, Component>();
  return {
    set: (component) => void components.set(`${component.namespace}/${component.name}`, component),
    read: () => {
      const all = [...components.values()].sort((a, b) => `${a.namespace}/${a.name}`.localeCompare(`${b.namespace}/${b.name}`));
      return { ready: all.length > 0 && all.every(({ ready }) => ready), endpoints, components: all };
    },
  };
};

import type { Component, Status } from "@slipway/api/program/status.ts";

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

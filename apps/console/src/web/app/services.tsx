import type { QueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext } from "react";
import type { Api } from "../api/client.ts";
import type { Live } from "../live/live.ts";
import type { Ending } from "../session/ending.ts";

/** What every page may use; made once, in main.tsx. */
export interface Services {
  readonly api: Api;
  readonly live: Live;
  readonly cache: QueryClient;
  readonly ending: Ending;
}

const Context = createContext<Services | undefined>(undefined);

export const ServicesProvider = ({ services, children }: { readonly services: Services; readonly children: ReactNode }) => (
  <Context.Provider value={services}>{children}</Context.Provider>
);

export const useServices = (): Services => {
  const services = useContext(Context);
  if (services === undefined) throw new Error("A page was shown outside of ServicesProvider.");
  return services;
};

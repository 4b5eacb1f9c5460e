import "./theme/mantine.css";
import "./theme/tokens.css";
import "./theme/base.css";
import { MantineProvider } from "@mantine/core";
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { I18nextProvider } from "react-i18next";
import type { SessionState } from "../contract/index.ts";
import { ApiError, createApi } from "./api/client.ts";
import { Faulty } from "./app/Faulty.tsx";
import { router } from "./app/routes.tsx";
import { type Services, ServicesProvider } from "./app/services.tsx";
import { createEventSink } from "./live/apply.ts";
import { createLive } from "./live/live.ts";
import { createEnding } from "./session/ending.ts";
import { sessionKey } from "./session/session.ts";
import { startText } from "./text/index.ts";
import { theme } from "./theme/theme.ts";

const start = async (): Promise<void> => {
  const ending = createEnding();
  const cache = new QueryClient({
    queryCache: new QueryCache(),
    defaultOptions: {
      queries: {
        // The stream tells what changed; reading again when a window gets the focus would be polling.
        refetchOnWindowFocus: false,
        staleTime: 10_000,
        retry: (failures, error) => failures < 2 && error instanceof ApiError && [0, 502, 503].includes(error.fault.status),
      },
    },
  });
  const session = () => cache.getQueryData<SessionState>(sessionKey);
  /** A page that was opened with a session keeps what was typed on it; one that never had any shows the sign-in. */
  const onSignedOut = () => {
    if (session()?.signedIn === true) ending.set(true);
    else void cache.invalidateQueries({ queryKey: sessionKey });
  };
  const fetchHere: typeof fetch = (input, init) => fetch(input, init);
  const api = createApi({
    fetch: fetchHere,
    csrfToken: () => {
      const known = session();
      return known?.signedIn === true ? known.csrfToken : undefined;
    },
    onSignedOut,
  });
  const sink = createEventSink({ cache, onEnded: onSignedOut, onProject: () => location.reload() });
  const live = createLive({
    fetch: fetchHere,
    now: () => new Date(),
    chance: Math.random,
    isOffline: () => !navigator.onLine,
    onEvent: sink.take,
    onSignedOut,
  });
  addEventListener("offline", () => live.networkGone());
  addEventListener("online", () => live.retryNow());
  const services: Services = { api, live, cache, ending };
  const text = await startText();
  const root = document.getElementById("root");
  if (root === null) throw new Error("index.html has no element with the id root.");
  createRoot(root).render(
    <StrictMode>
      <I18nextProvider i18n={text}>
        <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
          <QueryClientProvider client={cache}>
            <ServicesProvider services={services}>
              <Faulty>
                <RouterProvider router={router} />
              </Faulty>
            </ServicesProvider>
          </QueryClientProvider>
        </MantineProvider>
      </I18nextProvider>
    </StrictMode>,
  );
};

void start();

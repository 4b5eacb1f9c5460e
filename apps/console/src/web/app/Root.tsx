import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import type { SignedIn } from "../../contract/index.ts";
import { Loading } from "../parts/Loading.tsx";
import { Problem } from "../parts/Problem.tsx";
import { useNow } from "../parts/useNow.ts";
import { Reauthenticate } from "../session/Reauthenticate.tsx";
import { SignIn } from "../session/SignIn.tsx";
import { sessionKey, useSessionState } from "../session/session.ts";
import { useSignOut } from "../session/useSignOut.ts";
import { Shell } from "../shell/Shell.tsx";
import { useServices } from "./services.tsx";

/** Sign-in for nobody, the pages for somebody; the address stays, so that whoever signs in arrives where they wanted to go. */
export const Root = () => {
  const session = useSessionState();
  const { t } = useTranslation();
  if (session.data === undefined)
    return (
      <main className="sign-in" id="main">
        <h1 className="hidden-text">{t("shell.title")}</h1>
        {session.isError ? <Problem error={session.error} onRetry={() => void session.refetch()} /> : <Loading />}
      </main>
    );
  if (!session.data.signedIn) return <SignIn state={session.data} />;
  return (
    <>
      <Shell />
      <SessionWatch session={session.data} />
    </>
  );
};

/** Announced this long before the end (CON-066). */
const warnMilliseconds = 120_000;

const SessionWatch = ({ session }: { readonly session: SignedIn }) => {
  const { ending, live } = useServices();
  const cache = useQueryClient();
  const signOut = useSignOut();
  const ended = useSyncExternalStore(ending.subscribe, ending.get);
  const now = useNow(5_000);
  const [putOff, setPutOff] = useState<string>();
  const expiresAt = Date.parse(session.expiresAt);

  useEffect(() => {
    if (now >= expiresAt) ending.set(true);
  }, [now, expiresAt, ending]);

  const soon = !ended && now >= expiresAt - warnMilliseconds && putOff !== session.expiresAt;
  if (!ended && !soon) return null;
  return (
    <Reauthenticate
      session={session}
      {...(soon ? { onLater: () => setPutOff(session.expiresAt) } : {})}
      onSignOut={() => signOut.mutate()}
      onRenewed={() => {
        ending.set(false);
        live.resume();
        void cache.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
      }}
    />
  );
};

import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { SignedIn } from "../../contract/index.ts";
import { ApiError } from "../api/client.ts";
import { useServices } from "../app/services.tsx";
import { Dialog } from "../parts/Dialog.tsx";
import { Problem } from "../parts/Problem.tsx";
import { sessionKey } from "./session.ts";

interface ReauthenticateProps {
  readonly session: SignedIn;
  /** Asked for before the end: it may be put off. */
  readonly onLater?: () => void;
  readonly onRenewed: () => void;
  readonly onSignOut: () => void;
}

/** The session has ended: the page behind keeps what was typed, and goes on when the same user has signed in again. */
export const Reauthenticate = ({ session, onLater, onRenewed, onSignOut }: ReauthenticateProps) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const cache = useQueryClient();
  const [password, setPassword] = useState("");
  const [credential, setCredential] = useState("");
  const [oneTimeCode, setOneTimeCode] = useState("");
  const byPassword = session.method === "password";

  const renew = useMutation({
    mutationFn: async (): Promise<SignedIn> => {
      if (session.method === "token") return api.call("POST /api/session", { body: { method: "token", token: password } });
      if (session.method === "applicationCredential")
        return api.call("POST /api/session", { body: { method: "applicationCredential", id: credential, secret: password } });
      const code = oneTimeCode === "" ? {} : { oneTimeCode };
      try {
        return await api.call("POST /api/session/renew", { body: { password, ...code } });
      } catch (error) {
        // The server has forgotten the session (it was started anew, say): the same user signs in, to the same project.
        if (!(error instanceof ApiError) || error.fault.code !== "signedOut") throw error;
        const { user, project } = session;
        return api.call("POST /api/session", {
          body: {
            method: "password",
            user: user.name,
            domain: user.domain,
            password,
            ...code,
            ...(project === null ? {} : { project: project.id }),
          },
        });
      }
    },
    onSuccess: (renewed) => {
      cache.setQueryData(sessionKey, renewed);
      onRenewed();
    },
  });
  const codeNeeded = renew.error instanceof ApiError && renew.error.fault.code === "oneTimeCodeNeeded";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    renew.mutate();
  };
  const soon = onLater !== undefined;
  return (
    <Dialog
      title={soon ? t("session.endsSoonTitle") : t("session.endedTitle")}
      onClose={onLater ?? (() => undefined)}
      insistent={!soon}
      size="md"
    >
      <p className="quiet">{t("session.keep", { user: session.user.name })}</p>
      <form className="stack" onSubmit={submit}>
        {session.method === "applicationCredential" && (
          <TextInput
            label={t("signIn.credentialId")}
            required
            value={credential}
            onChange={(event) => setCredential(event.currentTarget.value)}
          />
        )}
        <PasswordInput
          label={byPassword ? t("signIn.password") : session.method === "token" ? t("signIn.token") : t("signIn.secret")}
          required
          data-autofocus
          autoComplete={byPassword ? "current-password" : "off"}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
        />
        {codeNeeded && (
          <TextInput
            label={t("signIn.oneTimeCode")}
            required
            inputMode="numeric"
            autoComplete="one-time-code"
            value={oneTimeCode}
            onChange={(event) => setOneTimeCode(event.currentTarget.value)}
          />
        )}
        {renew.isError && !codeNeeded && <Problem error={renew.error} />}
        <div className="row dialog-actions">
          <Button variant="default" onClick={onSignOut}>
            {t("session.signOut")}
          </Button>
          <Button type="submit" loading={renew.isPending}>
            {t("session.continue")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
};

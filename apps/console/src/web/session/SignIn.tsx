import { Button, PasswordInput, SegmentedControl, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { SignedIn, SignedOut, SignIn as SignInBody } from "../../contract/index.ts";
import { ApiError } from "../api/client.ts";
import { useServices } from "../app/services.tsx";
import { Icon } from "../parts/Icon.tsx";
import { Note } from "../parts/Note.tsx";
import { Problem } from "../parts/Problem.tsx";
import { LanguageMenu, SchemeButton } from "../shell/Preferences.tsx";
import { sessionKey } from "./session.ts";
import "./session.css";

/** Who are you? By password, by application credential, or with a token from elsewhere. */
export const SignIn = ({ state }: { readonly state: SignedOut }) => {
  const { t } = useTranslation();
  const cache = useQueryClient();
  return (
    <main className="sign-in" id="main">
      <div className="sign-in-tools">
        <LanguageMenu />
        <SchemeButton />
      </div>
      <div className="sign-in-card">
        <div className="brand">
          <Icon name="cluster" size={28} />
          <h1>Slipway</h1>
        </div>
        <p className="quiet">{t("signIn.lead")}</p>
        {state.signIn.banner !== undefined && <Note tone="busy">{state.signIn.banner}</Note>}
        {state.reason !== undefined && <Note tone="warn">{t(`signIn.reason.${state.reason}`)}</Note>}
        <SignInForm options={state.signIn} onSignedIn={(session) => cache.setQueryData(sessionKey, session)} />
        {state.signIn.demo !== undefined && (
          <Note tone="quiet" title={t("signIn.demoTitle")}>
            <p>{t("signIn.demo", state.signIn.demo)}</p>
          </Note>
        )}
      </div>
    </main>
  );
};

type Method = "password" | "applicationCredential" | "token";

interface SignInFormProps {
  readonly options: SignedOut["signIn"];
  readonly onSignedIn: (session: SignedIn) => void;
}

export const SignInForm = ({ options, onSignedIn }: SignInFormProps) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const [method, setMethod] = useState<Method>(options.methods[0] ?? "password");
  const [typed, setTyped] = useState({
    domain: options.defaultDomain,
    user: "",
    password: "",
    project: "",
    oneTimeCode: "",
    credential: "",
    secret: "",
    token: "",
  });
  const type = (field: keyof typeof typed) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setTyped((before) => ({ ...before, [field]: value }));
  };
  const signIn = useMutation({
    mutationFn: (body: SignInBody) => api.call("POST /api/session", { body }),
    onSuccess: onSignedIn,
  });
  const codeNeeded = signIn.error instanceof ApiError && signIn.error.fault.code === "oneTimeCodeNeeded";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate(bodyOf(method, typed));
  };
  return (
    <form className="stack" onSubmit={submit} aria-label={t("signIn.title")}>
      {options.methods.length > 1 && (
        <SegmentedControl
          fullWidth
          size="xs"
          value={method}
          onChange={(value) => setMethod(value as Method)}
          aria-label={t("signIn.method")}
          data={options.methods.map((value) => ({ value, label: t(`signIn.methods.${value}`) }))}
        />
      )}
      {method === "password" && (
        <>
          <TextInput
            label={t("signIn.user")}
            required
            autoComplete="username"
            value={typed.user}
            onChange={type("user")}
            autoFocus
          />
          <PasswordInput
            label={t("signIn.password")}
            required
            autoComplete="current-password"
            value={typed.password}
            onChange={type("password")}
            visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
          />
          <TextInput label={t("signIn.domain")} required value={typed.domain} onChange={type("domain")} />
          <TextInput
            label={t("signIn.project")}
            description={t("signIn.projectHelp")}
            value={typed.project}
            onChange={type("project")}
          />
          {codeNeeded && (
            <TextInput
              label={t("signIn.oneTimeCode")}
              required
              inputMode="numeric"
              autoComplete="one-time-code"
              value={typed.oneTimeCode}
              onChange={type("oneTimeCode")}
              autoFocus
            />
          )}
        </>
      )}
      {method === "applicationCredential" && (
        <>
          <TextInput
            label={t("signIn.credentialId")}
            required
            value={typed.credential}
            onChange={type("credential")}
            autoComplete="off"
          />
          <PasswordInput
            label={t("signIn.secret")}
            required
            autoComplete="off"
            value={typed.secret}
            onChange={type("secret")}
            visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
          />
        </>
      )}
      {method === "token" && (
        <PasswordInput
          label={t("signIn.token")}
          description={t("signIn.tokenHelp")}
          required
          autoComplete="off"
          value={typed.token}
          onChange={type("token")}
          visibilityToggleButtonProps={{ "aria-label": t("signIn.showPassword") }}
        />
      )}
      {signIn.isError && !codeNeeded && <Problem error={signIn.error} />}
      <Button type="submit" size="md" loading={signIn.isPending}>
        {t("signIn.submit")}
      </Button>
    </form>
  );
};

const bodyOf = (method: Method, typed: { readonly [field: string]: string }): SignInBody => {
  const {
    user = "",
    password = "",
    domain = "",
    project = "",
    oneTimeCode = "",
    credential = "",
    secret = "",
    token = "",
  } = typed;
  if (method === "token") return { method, token: token.trim() };
  if (method === "applicationCredential") return { method, id: credential.trim(), secret };
  return {
    method,
    user: user.trim(),
    password,
    domain: domain.trim(),
    ...(project.trim() === "" ? {} : { project: project.trim() }),
    ...(oneTimeCode === "" ? {} : { oneTimeCode }),
  };
};

import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useServices } from "../app/services.tsx";
import { useClusters } from "../clusters/useClusters.ts";
import { useFollow } from "../live/useFollow.ts";
import { Empty } from "../parts/Empty.tsx";
import { Icon } from "../parts/Icon.tsx";
import { Loaded } from "../parts/Loading.tsx";
import { Note } from "../parts/Note.tsx";
import { PageHead } from "../parts/Panel.tsx";
import { Problem } from "../parts/Problem.tsx";
import { usePageTitle } from "../parts/usePageTitle.ts";
import { useSession } from "../session/session.ts";
import { bestTemplate, type Draft, emptyDraft, faultsOf, newCluster, type Step, stepOf, steps, suggestName } from "./draft.ts";
import { forgetDraft, keepDraft, readDraft } from "./drafts.ts";
import type { StepProps } from "./field.ts";
import { AdvancedStep } from "./steps/AdvancedStep.tsx";
import { BasicsStep } from "./steps/BasicsStep.tsx";
import { ManagementStep } from "./steps/ManagementStep.tsx";
import { NetworkStep } from "./steps/NetworkStep.tsx";
import { ReviewStep } from "./steps/ReviewStep.tsx";
import { SizeStep } from "./steps/SizeStep.tsx";
import { useChoices } from "./useChoices.ts";
import "./create.css";

export const CreatePage = () => {
  const { t } = useTranslation();
  const { project, may } = useSession();
  usePageTitle(t("create.title"));
  if (project === null) return <Empty alone icon="building" title={t("shell.noProject")} />;
  if (!may.change)
    return (
      <Empty alone icon="shield" title={t("create.forbidden")}>
        <p className="quiet">{t("blocked.role", { role: "member" })}</p>
      </Empty>
    );
  return <Wizard projectId={project.id} />;
};

const Wizard = ({ projectId }: { readonly projectId: string }) => {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { api } = useServices();
  const { restricted } = useSession();
  useFollow(undefined);
  const [draft, setDraft] = useState<Draft>(() => readDraft(sessionStorage, projectId) ?? emptyDraft(suggestName(Math.random)));
  const [checked, setChecked] = useState(false);
  useEffect(() => keepDraft(sessionStorage, projectId, draft), [projectId, draft]);
  const choices = useChoices();
  const clusters = useClusters();
  const offered = choices.templates.data?.templates;
  useEffect(() => {
    if (offered === undefined) return;
    setDraft((before) =>
      offered.some(({ id }) => id === before.templateId) ? before : { ...before, templateId: bestTemplate(offered)?.id ?? "" },
    );
  }, [offered]);
  const template = choices.templates.data?.templates.find(({ id }) => id === draft.templateId);
  const names = useMemo(() => new Set([...(clusters.data?.clusters.values() ?? [])].map(({ name }) => name)), [clusters.data]);
  const faults = useMemo(() => faultsOf(draft, { names, template }), [draft, names, template]);
  const body = useMemo(() => newCluster(draft), [draft]);
  const heading = useRef<HTMLHeadingElement>(null);

  const preview = useQuery({
    queryKey: ["preview", body],
    queryFn: ({ signal }) => api.call("POST /api/clusters/preview", { body, signal }),
    enabled: draft.step === "review" && faults.length === 0,
    staleTime: 0,
    gcTime: 0,
  });
  const create = useMutation({
    mutationFn: () => api.call("POST /api/clusters", { body }),
    onSuccess: async ({ id }) => {
      forgetDraft(sessionStorage, projectId);
      await navigate({ to: "/clusters/$id", params: { id } });
    },
  });

  const go = (step: Step) => {
    setDraft((before) => ({ ...before, step }));
    setChecked(false);
    queueMicrotask(() => heading.current?.focus());
  };
  const at = steps.indexOf(draft.step);
  const hereFaults = faults.filter(({ field }) => stepOf(field) === draft.step);
  const forward = (step: Step) => {
    const first = faults[0];
    if (hereFaults.length > 0) setChecked(true);
    else if (step === "review" && first !== undefined) {
      go(stepOf(first.field));
      setChecked(true);
    } else go(step);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (draft.step === "review") create.mutate();
    else forward(draft.step === "basics" ? "review" : (steps[at + 1] ?? "review"));
  };

  const stepProps: StepProps = {
    draft,
    template,
    choices,
    change: (part) => setDraft((before) => ({ ...before, ...part })),
    faultOf: (field) => {
      const fault = faults.find((one) => one.field === field);
      const always = field === "name" && draft.name !== "";
      return fault !== undefined && (checked || always) ? t(`create.problem.${fault.code}`) : undefined;
    },
  };
  const fits = preview.data !== undefined && preview.data.shortfalls.length === 0 && preview.data.problems.length === 0;

  return (
    <>
      <PageHead title={t("create.title")} lead={t("create.lead")} />
      {restricted && (
        <Note tone="warn" title={t("error.restrictedCredential.what")}>
          <p>{t("error.restrictedCredential.why")}</p>
          <p>{t("error.restrictedCredential.todo")}</p>
        </Note>
      )}
      <div className="wizard">
        <ol className="wizard-steps" aria-label={t("create.steps")}>
          {steps.map((step) => (
            <li key={step}>
              <button
                type="button"
                className="wizard-step"
                aria-current={step === draft.step ? "step" : undefined}
                data-faulty={checked && faults.some(({ field }) => stepOf(field) === step)}
                onClick={() => (step === "review" ? forward("review") : go(step))}
              >
                {t(`create.step.${step}`)}
              </button>
            </li>
          ))}
        </ol>
        <form className="panel wizard-form" onSubmit={submit} noValidate>
          <div className="panel-body stack">
            <h2 tabIndex={-1} ref={heading} className="wizard-heading">
              {t(`create.step.${draft.step}`)}
            </h2>
            <Loaded query={choices.templates}>
              {() => (
                <>
                  {draft.step === "basics" && <BasicsStep {...stepProps} />}
                  {draft.step === "size" && <SizeStep {...stepProps} />}
                  {draft.step === "network" && <NetworkStep {...stepProps} />}
                  {draft.step === "management" && <ManagementStep {...stepProps} />}
                  {draft.step === "advanced" && <AdvancedStep {...stepProps} />}
                  {draft.step === "review" && <ReviewStep {...stepProps} preview={preview} />}
                </>
              )}
            </Loaded>
            {create.isError && <Problem error={create.error} />}
            <div className="wizard-actions">
              {at > 0 && (
                <Button variant="default" onClick={() => go(steps[at - 1] ?? "basics")}>
                  {t("action.back")}
                </Button>
              )}
              <span className="wizard-space" />
              {draft.step === "basics" && (
                <Button variant="default" onClick={() => forward("size")}>
                  {t("create.more")}
                </Button>
              )}
              {draft.step === "review" ? (
                <Button type="submit" loading={create.isPending} disabled={!fits} leftSection={<Icon name="check" size={16} />}>
                  {t("create.submit")}
                </Button>
              ) : (
                <Button type="submit">{draft.step === "basics" ? t("create.toReview") : t("action.next")}</Button>
              )}
            </div>
          </div>
        </form>
      </div>
    </>
  );
};

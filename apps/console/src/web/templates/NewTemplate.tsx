import { Checkbox, Select, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useServices } from "../app/services.tsx";
import { FlavorSelect } from "../create/FlavorSelect.tsx";
import { useChoices } from "../create/useChoices.ts";
import { keys } from "../live/apply.ts";
import { Dialog } from "../parts/Dialog.tsx";
import { DialogActions } from "../parts/DialogActions.tsx";
import { useSession } from "../session/session.ts";

/** A template of the project's own; administrators may offer it to everybody. */
export const NewTemplate = ({ onClose }: { readonly onClose: () => void }) => {
  const { t } = useTranslation();
  const { api } = useServices();
  const { may } = useSession();
  const cache = useQueryClient();
  const choices = useChoices();
  const images = useQuery({ queryKey: ["images"], queryFn: ({ signal }) => api.call("GET /api/images", { signal }) });
  const [typed, setTyped] = useState({
    name: "",
    imageId: "",
    externalNetwork: "",
    flavor: "",
    masterFlavor: "",
    version: "",
    public: false,
  });
  const external = (choices.networks.data?.networks ?? []).filter((network) => network.external);
  const make = useMutation({
    mutationFn: () => {
      const { name, imageId, externalNetwork, flavor, masterFlavor, version } = typed;
      return api.call("POST /api/templates", {
        body: {
          name,
          imageId,
          externalNetwork,
          masterLbEnabled: true,
          ...(flavor === "" ? {} : { flavor }),
          ...(masterFlavor === "" ? {} : { masterFlavor }),
          ...(version === "" ? {} : { labels: { kube_tag: version } }),
          ...(typed.public ? { public: true } : {}),
        },
      });
    },
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: keys.templates });
      onClose();
    },
  });
  const complete = typed.name !== "" && typed.imageId !== "" && typed.externalNetwork !== "" && typed.version !== "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (complete) make.mutate();
  };
  return (
    <Dialog title={t("templates.create")} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <TextInput
          label={t("group.name")}
          required
          maxLength={255}
          value={typed.name}
          onChange={({ currentTarget: { value } }) => setTyped((before) => ({ ...before, name: value }))}
        />
        <Select
          label={t("templates.image")}
          required
          data={(images.data?.images ?? []).map(({ id, name }) => ({ value: id, label: name === "" ? id : name }))}
          value={typed.imageId === "" ? null : typed.imageId}
          onChange={(imageId) => {
            const image = images.data?.images.find(({ id }) => id === imageId);
            setTyped((before) => ({ ...before, imageId: imageId ?? "", version: image?.version ?? before.version }));
          }}
        />
        <TextInput
          label={t("templates.version")}
          description={t("templates.versionHelp")}
          required
          placeholder="v1.33.1"
          value={typed.version}
          onChange={({ currentTarget: { value } }) => setTyped((before) => ({ ...before, version: value }))}
        />
        <Select
          label={t("templates.externalNetwork")}
          required
          data={external.map(({ id, name }) => ({ value: id, label: name === "" ? id : name }))}
          value={typed.externalNetwork === "" ? null : typed.externalNetwork}
          onChange={(externalNetwork) => setTyped((before) => ({ ...before, externalNetwork: externalNetwork ?? "" }))}
        />
        <div className="columns">
          <FlavorSelect
            label={t("create.masterFlavor")}
            machines="controlPlane"
            flavors={choices.flavors}
            value={typed.masterFlavor}
            standard={undefined}
            onChange={(masterFlavor) => setTyped((before) => ({ ...before, masterFlavor }))}
          />
          <FlavorSelect
            label={t("create.flavor")}
            machines="worker"
            flavors={choices.flavors}
            value={typed.flavor}
            standard={undefined}
            onChange={(flavor) => setTyped((before) => ({ ...before, flavor }))}
          />
        </div>
        {may.administer && (
          <Checkbox
            label={t("templates.makePublic")}
            checked={typed.public}
            onChange={({ currentTarget: { checked } }) => setTyped((before) => ({ ...before, public: checked }))}
          />
        )}
        <DialogActions work={make} label={t("templates.create")} onCancel={onClose} disabled={!complete} />
      </form>
    </Dialog>
  );
};

import { SegmentedControl, TextInput } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Ago } from "../../parts/Ago.tsx";
import { Badge } from "../../parts/Badge.tsx";
import { Empty } from "../../parts/Empty.tsx";
import { Icon } from "../../parts/Icon.tsx";
import { Loaded } from "../../parts/Loading.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { type EventFilter, visibleEvents } from "../events.ts";
import { useEvents } from "../useCluster.ts";

export const EventsTab = ({ clusterId }: { readonly clusterId: string }) => {
  const { t } = useTranslation();
  const events = useEvents(clusterId);
  const [filter, setFilter] = useState<EventFilter>({ type: "all", search: "" });
  const shown = useMemo(() => visibleEvents(events.data ?? [], filter), [events.data, filter]);
  return (
    <Panel
      title={t("tab.events")}
      flush
      actions={
        <>
          <SegmentedControl
            size="xs"
            aria-label={t("events.type")}
            value={filter.type}
            onChange={(type) => setFilter({ ...filter, type: type as EventFilter["type"] })}
            data={(["all", "Normal", "Warning"] as const).map((value) => ({ value, label: t(`events.types.${value}`) }))}
          />
          <TextInput
            size="xs"
            type="search"
            aria-label={t("events.search")}
            placeholder={t("events.search")}
            leftSection={<Icon name="search" size={14} />}
            value={filter.search}
            onChange={({ currentTarget: { value } }) => setFilter({ ...filter, search: value })}
          />
        </>
      }
    >
      <Loaded query={events}>
        {() =>
          shown.length === 0 ? (
            <Empty icon="clock" title={t("events.none")} />
          ) : (
            <table className="plain-table cards">
              <thead>
                <tr>
                  <th scope="col">{t("events.last")}</th>
                  <th scope="col">{t("events.type")}</th>
                  <th scope="col">{t("events.reason")}</th>
                  <th scope="col">{t("events.object")}</th>
                  <th scope="col">{t("events.message")}</th>
                </tr>
              </thead>
              <tbody>
                {shown.map((event) => (
                  <tr key={event.id}>
                    <td data-column={t("events.last")}>
                      <Ago at={event.lastAt} />
                    </td>
                    <td data-column={t("events.type")}>
                      <Badge
                        tone={event.type === "Warning" ? "warn" : "quiet"}
                        icon={event.type === "Warning" ? "warning" : "info"}
                      >
                        {event.type}
                      </Badge>
                    </td>
                    <td data-column={t("events.reason")}>
                      {event.reason}
                      {event.count > 1 && <span className="quiet number"> ×{event.count}</span>}
                    </td>
                    <td data-column={t("events.object")} className="machine">
                      {event.object.kind}/{event.object.name}
                    </td>
                    <td data-column={t("events.message")} className="event-message">
                      {event.message}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Loaded>
    </Panel>
  );
};

import { Button } from "@mantine/core";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useServices } from "../app/services.tsx";
import { Icon } from "../parts/Icon.tsx";
import { absoluteTime } from "../parts/time.ts";

export const useConnection = () => {
  const { live } = useServices();
  return useSyncExternalStore(live.connection.subscribe, live.connection.get);
};

/** Says honestly that what is shown may be old, and since when. Nothing while all is well. */
export const ConnectionBanner = () => {
  const { t, i18n } = useTranslation();
  const { live } = useServices();
  const connection = useConnection();
  const since = "since" in connection ? absoluteTime(connection.since, i18n.language) : "";
  const text =
    connection.kind === "stale"
      ? t("connection.stale", { since })
      : connection.kind === "lost"
        ? t(connection.offline ? "connection.offline" : "connection.lost", { since })
        : "";
  return (
    <div role="status" className="connection-banner" data-shown={text !== ""}>
      {text !== "" && (
        <>
          <Icon name="offline" />
          <span>{text}</span>
          {connection.kind === "lost" && (
            <Button size="compact-sm" variant="default" onClick={() => live.retryNow()}>
              {t("connection.retry")}
            </Button>
          )}
        </>
      )}
    </div>
  );
};

/** The small sign in the header. */
export const ConnectionSign = () => {
  const { t } = useTranslation();
  const { kind } = useConnection();
  const tone = kind === "live" ? "good" : kind === "connecting" || kind === "off" ? "quiet" : "warn";
  return (
    <span className="connection-sign" data-tone={tone}>
      <span className="dot" aria-hidden="true" />
      <span className="connection-word">{t(`connection.sign.${kind}`)}</span>
    </span>
  );
};

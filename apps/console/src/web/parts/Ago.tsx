import { useTranslation } from "react-i18next";
import { absoluteTime, relativeTime } from "./time.ts";
import { useNow } from "./useNow.ts";

/** A moment, told relative to now, with the whole of it on hover. */
export const Ago = ({ at }: { readonly at: string | null | undefined }) => {
  const { i18n } = useTranslation();
  const now = useNow(30_000);
  if (at === null || at === undefined) return <>–</>;
  return (
    <time dateTime={at} title={absoluteTime(at, i18n.language)}>
      {relativeTime(at, now, i18n.language)}
    </time>
  );
};

/** A moment that lies ahead or matters to the minute: written out. */
export const Moment = ({ at }: { readonly at: string | null | undefined }) => {
  const { i18n } = useTranslation();
  if (at === null || at === undefined) return <>–</>;
  return <time dateTime={at}>{absoluteTime(at, i18n.language)}</time>;
};

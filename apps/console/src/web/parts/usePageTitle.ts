import { useEffect } from "react";

/** What the browser's tab is called. */
export const usePageTitle = (title: string): void => {
  useEffect(() => {
    document.title = `${title} · Slipway IaaS UI`;
  }, [title]);
};

import { useEffect, useRef, useState } from "react";

/** At most this often is something said: a screen reader must not be talked over. */
const pauseMilliseconds = 5_000;

/** Says the newest of its texts politely, and never more than one in five seconds. */
export const Announcer = ({ text }: { readonly text: string }) => {
  const [said, setSaid] = useState("");
  const lastAt = useRef(0);
  useEffect(() => {
    if (text === "") return;
    const wait = Math.max(0, lastAt.current + pauseMilliseconds - Date.now());
    const timer = setTimeout(() => {
      lastAt.current = Date.now();
      setSaid(text);
    }, wait);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div className="hidden-text" aria-live="polite">
      {said}
    </div>
  );
};

import { type ComponentType, lazy, Suspense } from "react";
import { Loading } from "./Loading.tsx";

/** A part of a page that is fetched when it is first shown. */
export const later = <Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> => {
  const Part = lazy(async () => ({ default: await load() }));
  return (props: Props) => (
    <Suspense fallback={<Loading />}>
      <Part {...props} />
    </Suspense>
  );
};

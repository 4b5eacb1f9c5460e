import { crdOf, customKinds, groupResource } from "@slipway/api";
import { dump } from "js-yaml";

const header = "# Generated from packages/api by `npm run generate`: change the kind there, never this file.\n";

/** Path → content of every generated file. */
export const generatedFiles = (): ReadonlyMap<string, string> =>
  new Map(
    customKinds.map((kind) => [
      `deploy/crds/${groupResource(kind)}.yaml`,
      `${header}${dump(crdOf(kind), { lineWidth: 120, noRefs: true })}`,
    ]),
  );

import { Problem } from "../problem.ts";

export interface RolloutRef {
  readonly kind: string;
  readonly name: string;
}

/** `kind/name …`, or `kind name …`, in any case (CTL-087). @throws Problem */
export const parseResources = (args: readonly string[]): readonly RolloutRef[] => {
  const words = args.map((arg) => arg.toLowerCase());
  const withSlash = words.filter((word) => word.includes("/"));
  if (words.length === 0) throw new Problem("required resource not specified: name one, for example machinedeployment/md-1");
  if (withSlash.length === words.length) return words.map(parseResource);
  if (withSlash.length > 0)
    throw new Problem(
      "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'machinedeployment/md-1')",
    );
  const [kind, ...names] = words;
  if (kind === undefined || names.length === 0)
    throw new Problem("arguments must be in resource/name format (e.g. machinedeployment/md-1)");
  return names.map((name) => ({ kind, name }));
};

const parseResource = (word: string): RolloutRef => {
  const [kind, name, ...more] = word.split("/");
  if (more.length > 0) throw new Problem("arguments in resource/name form may not have more than one slash");
  if (!kind || !name) throw new Problem("arguments in resource/name form must have a single resource and name");
  return { kind, name };
};

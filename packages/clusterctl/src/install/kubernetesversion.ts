import { Problem } from "../problem.ts";
import { compareVersions, parseVersion } from "../repository/releases.ts";

/**
 * @param version `gitVersion` of the management cluster's `/version`
 * @throws Problem when it is older than providers can live with; managed topologies want a newer one (CTL-013)
 */
export const requireKubernetesVersion = (version: string, { topology = false } = {}): void => {
  const minimum = topology ? "v1.22.0" : "v1.20.0";
  const [found, wanted] = [parseVersion(version), parseVersion(minimum)];
  if (found === undefined || wanted === undefined)
    throw new Problem(`the management cluster's version "${version}" cannot be read`);
  if (compareVersions({ ...found, preRelease: "" }, wanted) < 0)
    throw new Problem(`unsupported management cluster server version: ${version} - minimum required version is ${minimum}`);
};

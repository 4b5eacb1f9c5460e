import type { AccessReview } from "./authorizer.ts";

/** The sentence that kubectl and clusterctl print as it is. */
export const forbiddenMessage = ({ user, verb, resource, path }: AccessReview, reason: string | undefined): string => {
  const because = reason === undefined || reason === "" ? "" : `: ${reason}`;
  const name = escaped(user.name);
  if (resource === undefined) return `forbidden: User "${name}" cannot ${verb} path "${escaped(path ?? "")}"${because}`;
  const { group, subresource, namespace } = resource;
  const subject = group === "" ? resource.resource : `${resource.resource}.${group}`;
  const named = resource.name === "" ? "" : ` "${escaped(resource.name)}"`;
  const full = subresource === "" ? resource.resource : `${resource.resource}/${subresource}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace "${escaped(namespace)}"`;
  return `${subject}${named} is forbidden: User "${name}" cannot ${verb} resource "${full}" in API group "${group}" ${where}${because}`;
};

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

import { ApiError, type FieldError } from "@slipway/api";
import { readCertificateRequest, textFromBase64 } from "@slipway/api/pki/index.ts";
import { invalidValue, requiredValue } from "../../registry/errors.ts";
import { at, fields, list, type Prepare, type Validate } from "./parts.ts";

const certificateRequest: Prepare = (object, old, { user }) => {
  if (old !== undefined) return { ...object, spec: old.spec };
  return {
    ...object,
    spec: {
      ...object.spec,
      username: user.name,
      ...(user.uid === undefined ? {} : { uid: user.uid }),
      groups: user.groups,
      ...(user.extra === undefined ? {} : { extra: user.extra }),
    },
    status: {},
  };
};

/** Of a certificate request: its text can be read, and it says who shall sign it for what. */
export const validateCertificateRequest: Validate = (given, { old }) => {
  if (old !== undefined) return [];
  const { request, signerName, usages, expirationSeconds } = fields(at(given, "spec"));
  const errors: FieldError[] = [];
  try {
    readCertificateRequest(textFromBase64(String(request ?? "")));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    errors.push(invalidValue("spec.request", request ?? "", why));
  }
  if ((signerName ?? "") === "") errors.push(requiredValue("spec.signerName", ""));
  else if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\.[-a-z0-9.]+\/[^/]+$/.test(String(signerName)))
    errors.push(
      invalidValue(
        "spec.signerName",
        signerName,
        "must be a fully qualified domain and path of the form 'example.com/signer-name'",
      ),
    );
  if (list(usages).length === 0) errors.push(requiredValue("spec.usages", "usages must be specified"));
  if (typeof expirationSeconds === "number" && expirationSeconds < 600)
    errors.push(
      invalidValue("spec.expirationSeconds", expirationSeconds, "may not specify a duration less than 600 seconds (10 minutes)"),
    );
  return errors;
};

/** Nobody asks for the operator's own group this way. */
export const refuseMasters: Prepare = (object, old, context) => {
  const prepared = certificateRequest(object, old, context);
  if (old !== undefined || at(object, "spec.signerName") !== "kubernetes.io/kube-apiserver-client") return prepared;
  const organizations = organizationsOf(at(object, "spec.request"));
  if (!organizations.includes("system:masters")) return prepared;
  throw new ApiError(
    "Forbidden",
    `certificatesigningrequests.certificates.k8s.io "${object.metadata.name ?? ""}" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed`,
    { details: { name: object.metadata.name ?? "", group: "certificates.k8s.io", kind: "certificatesigningrequests" } },
  );
};

const organizationsOf = (request: unknown): readonly string[] => {
  try {
    return readCertificateRequest(textFromBase64(String(request ?? ""))).organizations;
  } catch {
    return []; // refused as unreadable
  }
};

import { ApiError } from "@slipway/api";

/** What the client wants back. Protobuf is never produced: a clause that asks for it is passed over (API-036, API-421). */
export interface Wanted {
  readonly format: "json" | "yaml";
  /** `as=` of the chosen clause. */
  readonly as?: "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";
  readonly pretty: boolean;
}

interface Clause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

const accepted = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

export const negotiate = (accept: string | undefined, query: URLSearchParams, userAgent: string | undefined): Wanted => {
  const pretty = wantsPretty(query.get("pretty"), userAgent);
  if (accept === undefined || accept === "" || accept === "application/json" || accept === "*/*")
    return { format: "json", pretty };
  for (const clause of parseAccept(accept)) {
    const format = formats[clause.type];
    if (format === undefined) continue;
    const as = clause.parameters.get("as");
    if (as === undefined) return { format, pretty };
    const version = clause.parameters.get("v");
    if (clause.parameters.get("g") !== "meta.k8s.io" || (version !== "v1" && version !== "v1beta1")) continue;
    if (as === "Table" || as === "PartialObjectMetadata" || as === "PartialObjectMetadataList") return { format, as, pretty };
  }
  throw notAcceptable(accepted);
};

const formats: { readonly [type: string]: "json" | "yaml" | undefined } = {
  "application/json": "json",
  "application/*": "json",
  "*/*": "json",
  "application/yaml": "yaml",
};

export const notAcceptable = (types: string): ApiError =>
  new ApiError("NotAcceptable", `only the following media types are accepted: ${types}`);

const wantsPretty = (value: string | null, userAgent: string | undefined): boolean =>
  value === null || value === ""
    ? userAgent !== undefined && /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent)
    : value === "true" || value === "1";

/** Best first: by quality, then in the order written. */
export const parseAccept = (accept: string): readonly Clause[] => {
  const clauses = accept.split(",").map((text): Clause => {
    const [type = "", ...rest] = text.split(";").map((part) => part.trim());
    const parameters = new Map<string, string>();
    let quality = 1;
    for (const parameter of rest) {
      const equals = parameter.indexOf("=");
      const key = equals < 0 ? parameter : parameter.slice(0, equals);
      const value = equals < 0 ? "" : parameter.slice(equals + 1).replace(/^"|"$/g, "");
      if (key === "q") quality = Number(value);
      else parameters.set(key, value);
    }
    return { type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 0 : quality };
  });
  return clauses.every((clause) => clause.quality === 1)
    ? clauses
    : clauses.filter((c) => c.quality > 0).sort((a, b) => b.quality - a.quality);
};

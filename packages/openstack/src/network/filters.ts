import type { Query } from "../transport/service.ts";

/** What Neutron lists can be narrowed by, tags included; empty lists and texts are not sent. */
export interface TaggedFilter {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly projectId?: string | undefined;
  /** All of them. */
  readonly tags?: readonly string[] | undefined;
  readonly tagsAny?: readonly string[] | undefined;
  /** Not those that have all of these. */
  readonly notTags?: readonly string[] | undefined;
  readonly notTagsAny?: readonly string[] | undefined;
}

export const taggedQuery = (filter: TaggedFilter): Query => ({
  name: some(filter.name),
  description: some(filter.description),
  project_id: some(filter.projectId),
  tags: joined(filter.tags),
  "tags-any": joined(filter.tagsAny),
  "not-tags": joined(filter.notTags),
  "not-tags-any": joined(filter.notTagsAny),
});

export const some = (value: string | undefined): string | undefined => (value === "" ? undefined : value);

const joined = (tags: readonly string[] | undefined): string | undefined =>
  tags === undefined || tags.length === 0 ? undefined : tags.join(",");

/** Who asks, and in which project: what a token says. */
export interface Scope {
  readonly tokenId: string;
  readonly userId: string;
  readonly userName: string;
  /** Empty for an unscoped, domain or system token. */
  readonly projectId: string;
  readonly projectName: string;
  readonly domainId: string;
  readonly roles: readonly string[];
  /** The role `admin`, in whatever project: as OpenStack's default policies have it. */
  readonly admin: boolean;
  readonly methods: readonly string[];
  /** Set when the token was got with an application credential. */
  readonly applicationCredential: { readonly id: string; readonly restricted: boolean } | undefined;
  readonly trustId: string | undefined;
}

export const nobody: Scope = {
  tokenId: "",
  userId: "",
  userName: "",
  projectId: "",
  projectName: "",
  domainId: "",
  roles: [],
  admin: false,
  methods: [],
  applicationCredential: undefined,
  trustId: undefined,
};

/** Nobody's, or somebody's. `GET /api/session` answers 200 with either: only other paths answer 401. */
export type SessionState = SignedOut | SignedIn;

export interface SignedOut {
  readonly signedIn: false;
  /** Why, when there was a session: the page then says so. */
  readonly reason?: "expired" | "signedOutElsewhere";
  readonly signIn: SignInOptions;
}

export interface SignInOptions {
  readonly methods: readonly ("password" | "applicationCredential" | "token")[];
  /** Filled into the domain field. */
  readonly defaultDomain: string;
  /** The simulated cloud's demo user, to be offered on the page; never for a real cloud. */
  readonly demo?: { readonly user: string; readonly domain: string; readonly passwordLocation: string };
  /** What the operator wants everybody to read. */
  readonly banner?: string;
}

export interface SignedIn {
  readonly signedIn: true;
  readonly user: { readonly id: string; readonly name: string; readonly domain: string };
  /** Null: the user is in several projects and has chosen none yet, or in none: everything below a project then answers `invalid`. */
  readonly project: ProjectRef | null;
  readonly roles: readonly string[];
  /** What the roles allow: `see` needs reader, `change` member, `administer` admin. */
  readonly may: { readonly see: boolean; readonly change: boolean; readonly administer: boolean };
  readonly method: "password" | "applicationCredential" | "token";
  /** The sign-in was with an application credential that may not make another: creating clusters would fail (CON-064). */
  readonly restricted: boolean;
  /** When the session ends whatever happens (token's and session's end, the sooner). Warn two minutes before. */
  readonly expiresAt: string;
  /** To be sent as `X-CSRF-Token` with everything but GET. */
  readonly csrfToken: string;
  readonly region: string | null;
  /** Which optional doors this Slipway has. */
  readonly features: Features;
  readonly links: Links;
}

export interface Features {
  /** The Magnum behind it is Slipway's: live watch, tree, events, history. Without it the list is polled by the server every 10 s. */
  readonly live: boolean;
  readonly diagnosis: boolean;
  readonly autoscaling: boolean;
  readonly caRotation: boolean;
  readonly credentialRotation: boolean;
  readonly nodeReplace: boolean;
  readonly addons: boolean;
  readonly nodeConsoleLog: boolean;
}

/** Configured by the operator; absent ones are not shown. */
export interface Links {
  readonly grafana?: string;
  readonly vpnGuide?: string;
  readonly runbook?: string;
  readonly documentation?: string;
}

export interface ProjectRef {
  readonly id: string;
  readonly name: string;
  readonly domainId: string;
  readonly domainName: string;
}

export type SignIn =
  | {
      readonly method: "password";
      readonly user: string;
      readonly password: string;
      readonly domain: string;
      /** Id or name; without it the only one, or the user's default, or none is chosen. */
      readonly project?: string;
      /** When `project` is a name; `domain` otherwise. */
      readonly projectDomain?: string;
      readonly oneTimeCode?: string;
    }
  | { readonly method: "applicationCredential"; readonly id: string; readonly secret: string }
  | {
      readonly method: "applicationCredential";
      readonly name: string;
      readonly user: string;
      readonly domain: string;
      readonly secret: string;
    }
  /** A token from elsewhere (federation, command line). */
  | { readonly method: "token"; readonly token: string };

/** The same user again: the session's id, project and CSRF token stay, so that a half-filled form can be sent. */
export interface Renewal {
  readonly password: string;
  readonly oneTimeCode?: string;
}

export interface ProjectList {
  readonly projects: readonly ProjectRef[];
}

export interface ProjectChoice {
  readonly projectId: string;
}

export interface ApplicationCredential {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly projectId: string;
  readonly roles: readonly string[];
  readonly expiresAt: string | null;
  readonly unrestricted: boolean;
  /** Made by Slipway for a cluster: deleting it stops that cluster from changing anything in the cloud. */
  readonly clusterId: string | null;
}

export interface NewApplicationCredential {
  readonly name: string;
  readonly description?: string;
  readonly expiresAt?: string;
  readonly roles?: readonly string[];
  readonly unrestricted?: boolean;
}

/** The secret is shown this once. */
export interface CreatedApplicationCredential extends ApplicationCredential {
  readonly secret: string;
  readonly authUrl: string;
  readonly region: string | null;
  /** Ready to save: `clouds.yaml`, `openrc`, a Terraform provider block. They hold the secret. */
  readonly snippets: { readonly cloudsYaml: string; readonly openrc: string; readonly terraform: string };
}

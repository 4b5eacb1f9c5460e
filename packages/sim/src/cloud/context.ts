import type { Clock, Logger } from "@slipway/runtime";
import type { GuestHost } from "../guest/port.ts";
import type { Faults } from "./faults/faults.ts";
import type { Ids } from "./ids.ts";
import type { CloudSettings } from "./settings.ts";
import type { Database } from "./state/database.ts";
import type { State } from "./state/state.ts";
import type { Transitions } from "./transitions.ts";

/** What every service of the cloud is handed. */
export interface CloudContext {
  readonly settings: CloudSettings;
  readonly state: State;
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly ids: Ids;
  readonly transitions: Transitions;
  readonly faults: Faults;
  readonly guests: GuestHost;
}

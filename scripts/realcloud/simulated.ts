import type { TransportFor } from "@slipway/openstack";
import { silentLog, systemClock } from "@slipway/runtime";
import { createCloud, defaultSettings, delayProfiles, memoryCloudStorage, seedUsers } from "@slipway/sim/cloud/index.ts";

/** The simulated cloud in the place of a real one: to hold the one against the other. */
export const simulatedCloud = async (): Promise<{
  cloudsYaml: string;
  transportFor: TransportFor;
  close: () => Promise<void>;
}> => {
  const cloud = await createCloud({
    storage: memoryCloudStorage(),
    clock: systemClock,
    settings: defaultSettings({
      users: seedUsers({ admin: "secret", demo: "secret", magnum: "secret" }),
      delays: delayProfiles.demo,
    }),
    guests: () => ({ powerOn: () => {}, powerOff: () => {}, stopKubelet: () => {}, destroy: () => {}, consoleOutput: () => [] }),
    log: silentLog,
  });
  return {
    cloudsYaml: `clouds: {simulated: {auth: {auth_url: "http://127.0.0.1:5000/v3", username: demo, password: secret,
      user_domain_name: Default, project_name: demo, project_domain_name: Default}}}`,
    transportFor: () => cloud.transport,
    close: async () => cloud.stop(),
  };
};

/** A tenant who builds and pulls down without end, noting every answer; somebody will kill the program. Arguments: store, notes. */
import { appendFileSync, writeFileSync } from "node:fs";
import { openLmdb } from "@slipway/apiserver/storage/lmdb.node.ts";
import { createCloud } from "../cloud.ts";
import { cloudStorageIn } from "../state/stored.ts";
import { loginAs, passwords, realClock, recordingGuests, strictLog, tenantOf, testSettings } from "./harness.ts";

const [path = "", notes = ""] = process.argv.slice(2);
const stores = openLmdb({ path });
const guests = recordingGuests();
const cloud = await createCloud({
  storage: cloudStorageIn(stores),
  clock: realClock,
  settings: testSettings(),
  guests: () => guests,
  log: strictLog,
});
const me = tenantOf(cloud, await loginAs(cloud, "demo", "demo", passwords.demo));
writeFileSync(notes, "");
const note = (line: string): void => appendFileSync(notes, `${line}\n`);

const life = async (worker: number): Promise<void> => {
  for (let round = 0; ; round += 1) {
    const name = `${process.pid}-${worker}-${round}`;
    const network = (await me.network("POST", "/v2.0/networks", { network: { name } })).body.network;
    const subnet = (
      await me.network("POST", "/v2.0/subnets", { subnet: { network_id: network.id, cidr: "10.6.0.0/24", ip_version: 4 } })
    ).body.subnet;
    const port = (await me.network("POST", "/v2.0/ports", { port: { network_id: network.id, name } })).body.port;
    await me.network("PUT", `/v2.0/ports/${port.id}/tags`, { tags: [name] });
    note(`tagged ports ${port.id} ${name}`);
    if (round % 2 === 0) {
      note(`kept networks ${network.id}`);
      note(`kept subnets ${subnet.id}`);
      note(`kept ports ${port.id}`);
      continue;
    }
    await me.network("DELETE", `/v2.0/ports/${port.id}`);
    note(`gone ports ${port.id}`);
    await me.network("DELETE", `/v2.0/networks/${network.id}`);
    note(`gone networks ${network.id}`);
  }
};
await Promise.all([0, 1, 2, 3].map(life));

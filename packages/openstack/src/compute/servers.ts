import { given, type Json, numberOr, object, objects, optionalText, text, textOr, texts } from "../transport/json.ts";
import type { Service } from "../transport/service.ts";

export interface Server {
  readonly id: string;
  readonly name: string;
  /** `BUILD`, `ACTIVE`, `ERROR`, `SHUTOFF`, `DELETED`, … */
  readonly status: string;
  readonly taskState: string | undefined;
  readonly addresses: readonly ServerAddress[];
  readonly keyName: string;
  readonly availabilityZone: string;
  readonly tags: readonly string[];
  /** Why it is in ERROR, in Nova's words. */
  readonly fault: string | undefined;
  readonly createdAt: Date | undefined;
}

export interface ServerAddress {
  /** Its name, not its id: Nova does not tell more. */
  readonly network: string;
  readonly address: string;
  readonly version: 4 | 6;
  readonly type: string;
}

export interface NewServer {
  readonly name: string;
  readonly flavorId: string;
  /** Absent when it boots from a volume. */
  readonly imageId?: string | undefined;
  readonly availabilityZone?: string | undefined;
  /** In the order of the server's interfaces. */
  readonly portIds: readonly string[];
  /** Base64. */
  readonly userData: string;
  readonly tags: readonly string[];
  readonly metadata: { readonly [key: string]: string };
  readonly configDrive: boolean;
  readonly keyName?: string | undefined;
  readonly blockDevices: readonly BlockDevice[];
  readonly schedulerHints: { readonly [name: string]: string | number | boolean };
}

/** As Nova spells it: it is sent as it stands. */
export interface BlockDevice {
  readonly boot_index: number;
  readonly delete_on_termination: boolean;
  readonly destination_type: "local" | "volume";
  readonly source_type: "image" | "volume" | "blank";
  readonly uuid?: string;
  readonly volume_size?: number;
  readonly tag?: string;
}

export const serverCalls = (service: Service) => ({
  /** Answers the id only: Nova tells neither name nor status yet. */
  createServer: async (input: NewServer): Promise<{ id: string }> => {
    const answer = await service.post("server_create", "/servers", serverRequest(input));
    return { id: text(object(answer["server"], "server"), "id") };
  },
  findServer: async (id: string): Promise<Server | undefined> => {
    const answer = await service.find("server_get", `/servers/${id}`);
    return answer === undefined ? undefined : parseServer(object(answer["server"], "server"));
  },
  /** Nova's `name` is a regular expression, so the anchors make it exact; what it finds too much is left out here. */
  listServersNamed: async (name: string): Promise<readonly Server[]> => {
    const found = await service.list("server_list", "/servers/detail", "servers", { name: `^${name}$` });
    return found.map(parseServer).filter((server) => server.name === name);
  },
  /** Those whose names begin so, faults included. */
  listServersBeginning: async (prefix: string): Promise<readonly Server[]> => {
    const name = `^${prefix.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`;
    const found = await service.list("server_list", "/servers/detail", "servers", { name });
    return found.map(parseServer).filter((server) => server.name.startsWith(prefix));
  },
  /** The last `lines` of what it printed while it booted, oldest first. @throws CloudError conflict while it is being built */
  consoleOutput: async (id: string, lines: number): Promise<readonly string[]> => {
    const answer = await service.post("server_console_output", `/servers/${id}/action`, {
      "os-getConsoleOutput": { length: lines },
    });
    const output = textOr(answer, "output");
    return output === "" ? [] : output.split("\n");
  },
  deleteServer: async (id: string): Promise<boolean> => service.delete("server_delete", `/servers/${id}`),
});

/** The body of `POST /servers`, and beside it the hints. */
export const serverRequest = (input: NewServer): object => ({
  server: given({
    name: input.name,
    imageRef: input.imageId ?? "",
    flavorRef: input.flavorId,
    availability_zone: input.availabilityZone,
    networks: input.portIds.map((port) => ({ port })),
    user_data: input.userData,
    tags: input.tags.length === 0 ? undefined : input.tags,
    metadata: Object.keys(input.metadata).length === 0 ? undefined : input.metadata,
    config_drive: input.configDrive,
    key_name: input.keyName,
    block_device_mapping_v2: input.blockDevices,
  }),
  ...(Object.keys(input.schedulerHints).length === 0 ? {} : { "os:scheduler_hints": input.schedulerHints }),
});

const parseServer = (json: Json): Server => ({
  id: text(json, "id"),
  name: textOr(json, "name"),
  status: textOr(json, "status"),
  taskState: optionalText(json, "OS-EXT-STS:task_state"),
  addresses: addressesIn(json),
  keyName: textOr(json, "key_name"),
  availabilityZone: textOr(json, "OS-EXT-AZ:availability_zone"),
  tags: texts(json, "tags"),
  fault: json["fault"] === undefined ? undefined : textOr(object(json["fault"], "fault"), "message"),
  createdAt: dateOf(optionalText(json, "created")),
});

const dateOf = (written: string | undefined): Date | undefined => (written === undefined ? undefined : new Date(written));

const addressesIn = (server: Json): readonly ServerAddress[] => {
  const networks = server["addresses"] === undefined ? {} : object(server["addresses"], "addresses");
  return Object.keys(networks).flatMap((network) =>
    objects(networks, network).map((one) => ({
      network,
      address: text(one, "addr"),
      version: numberOr(one, "version", 4) === 6 ? 6 : 4,
      type: textOr(one, "OS-EXT-IPS:type"),
    })),
  );
};

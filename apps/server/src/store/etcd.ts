import { randomBytes, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Clock, Stores } from "@slipway/apiserver";
import { type EtcdStores, openEtcdStores } from "@slipway/apiserver/storage/etcd/etcdstores.ts";
import { createSealer, type KeyedSealer } from "@slipway/apiserver/storage/sealing.node.ts";
import { coversSecrets } from "@slipway/apiserver/storage/sealing.ts";
import { isStorageError } from "@slipway/apiserver/storage/storage.ts";
import { connectEtcd } from "@slipway/etcd/connect.node.ts";
import type { GrpcCredentials } from "@slipway/etcd/grpc.node.ts";
import type { Election, Logger } from "@slipway/runtime";
import { type Home, HomeError } from "../home/home.ts";
import type { EtcdSettings, StoreSettings } from "../inventory/schema.ts";
import type { StoreControl } from "./control.ts";
import { readKeyFile } from "./keys.ts";

/** Stores in an etcd that several Slipways share: all of them serve, one of them works. @throws HomeError */
export const openEtcdStore = async (
  home: Home,
  settings: StoreSettings & { readonly etcd: EtcdSettings },
  options: { readonly clock: Clock; readonly log: Logger },
): Promise<{ readonly stores: Stores; readonly control: StoreControl; readonly election: Election }> => {
  const { etcd, encryption } = settings;
  const keys = encryption.keysFile === undefined ? [] : (readKeyFile(home.path, encryption.keysFile)?.keys ?? []);
  const sealer = createSealer(keys, coversSecrets, { seals: encryption.enabled });
  const client = connectEtcd({ endpoints: etcd.endpoints, ...credentialsOf(etcd) });
  const log = options.log.child({ component: "etcd" });
  try {
    const stores = await openEtcdStores({
      client,
      prefix: etcd.prefix,
      clock: options.clock,
      sealer,
      onTrouble: (error) => log.error("etcd cannot be followed: reads show what was, writes are refused", { error }),
    });
    await checkSameAuthority(stores, home);
    return {
      stores,
      control: createEtcdControl(stores, sealer, () => readKeyFile(home.path, encryption.keysFile)?.keys ?? []),
      election: {
        lease: { namespace: "capi-system", name: "slipway-controllers" },
        identity: `${hostname().toLowerCase()}_${randomBytes(4).toString("hex")}`,
      },
    };
  } catch (error) {
    client.close();
    if (error instanceof HomeError) throw error;
    throw new HomeError(
      `The store cannot be opened: ${error instanceof Error ? error.message : error}. See store in the inventory.`,
      {
        cause: error,
      },
    );
  }
};

const credentialsOf = ({
  endpoints,
  caFile,
  certificateFile,
  keyFile,
}: EtcdSettings): { readonly credentials?: GrpcCredentials } => {
  if (!endpoints.some((endpoint) => endpoint.startsWith("https:"))) return {};
  const read = (file: string | undefined): string => {
    try {
      return readFileSync(file ?? "", "utf8");
    } catch (error) {
      throw new HomeError(`store.etcd: ${error instanceof Error ? error.message : error}`);
    }
  };
  return { credentials: { authorityPem: read(caFile), certificatePem: read(certificateFile), privateKeyPem: read(keyFile) } };
};

interface Authority {
  readonly fingerprint: string;
}

/** Servers of one system trust the same certificates and tokens: their homes must have been made from one `secrets.json`. */
const checkSameAuthority = async (stores: EtcdStores, home: Home): Promise<void> => {
  const fingerprint = new X509Certificate(home.secrets.certificateAuthority.certificatePem).fingerprint256;
  const store = stores.store<Authority>("system");
  const key = "/certificate-authority";
  try {
    await store.create(key, { fingerprint });
  } catch (error) {
    if (!isStorageError(error, "exists")) throw error;
    const known = store.get(key)?.value.fingerprint;
    if (known === fingerprint) return;
    throw new HomeError(
      `The home ${home.path} has another certificate authority than the servers that share this etcd. Copy secrets.json of one of their homes into this home before its first start.`,
    );
  }
};

const createEtcdControl = (
  stores: EtcdStores,
  sealer: KeyedSealer,
  readKeys: () => Parameters<KeyedSealer["use"]>[0],
): StoreControl => {
  const elsewhere = (): Promise<never> =>
    Promise.reject(new Error("The objects are in etcd: use etcdctl's snapshot, compact and defrag. See the operator guide."));
  return {
    status: elsewhere,
    snapshot: elsewhere,
    compact: elsewhere,
    catchUp: async () => 0,
    rotate: async () => {
      const keys = readKeys();
      sealer.use(keys);
      const key = sealer.current();
      if (key === undefined) throw new Error("Encryption is switched off in the inventory (store.encryption.enabled).");
      return { key, rewritten: await stores.reseal(), oldKeys: keys.slice(1).map(({ name }) => name) };
    },
  };
};

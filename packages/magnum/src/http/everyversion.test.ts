import { expect, test } from "vitest";
import { createTestApi, TEMPLATE } from "../testing/api.ts";

const list = (words: string): readonly string[] => words.split(/\s+/).toSorted();

const TEMPLATE_KEYS = list(
  "uuid name coe image_id flavor_id master_flavor_id dns_nameserver keypair_id external_network_id fixed_network fixed_subnet network_driver apiserver_port docker_volume_size cluster_distro links http_proxy https_proxy no_proxy volume_driver registry_enabled labels tls_disabled public server_type insecure_registry docker_storage_driver master_lb_enabled floating_ip_enabled project_id user_id hidden tags driver created_at updated_at",
);
const ITEM =
  "uuid name cluster_template_id keypair docker_volume_size labels node_count master_count status health_status master_flavor_id flavor_id create_timeout links";
const MORE =
  "project_id user_id status_reason health_status_reason api_address discovery_url coe_version container_version node_addresses master_addresses fixed_network fixed_subnet floating_ip_enabled master_lb_enabled created_at updated_at labels_overridden labels_added labels_skipped";
const GROUP_ITEM = list("uuid name flavor_id image_id node_count role is_default status stack_id");

test.each(Array.from({ length: 14 }, (_, at) => at + 1))(
  "version 1.%d: create, show, list and delete of everything, key by key [CONF-036] [MAG-026] [MAG-028] [MAG-036]",
  async (minor) => {
    const api = await createTestApi();
    const version = `1.${minor}`;
    const call = async (method: string, path: string, body?: object) => {
      const called = await api.call(method, path, { version, ...(body && { body }) });
      expect(called.status, `${method} ${path}: ${JSON.stringify(called.body)}`).toBeLessThan(300);
      return called.body;
    };
    const keys = (object: object) => Object.keys(object).toSorted();
    const renamed = minor >= 13 ? "cluster_id" : "stack_id";

    const template = await call("POST", "/v1/clustertemplates", TEMPLATE);
    expect(keys(template)).toEqual(TEMPLATE_KEYS);
    expect(keys(await call("GET", `/v1/clustertemplates/${template.uuid}`))).toEqual(TEMPLATE_KEYS);
    expect(keys((await call("GET", "/v1/clustertemplates")).clustertemplates[0])).toEqual(TEMPLATE_KEYS);

    const made = await call("POST", "/v1/clusters", { name: "c", cluster_template_id: template.uuid });
    expect(keys(made)).toEqual(["uuid"]);
    expect(keys((await call("GET", "/v1/clusters")).clusters[0])).toEqual(list(`${ITEM} ${renamed}`));
    const whole = list(`${ITEM} ${MORE} ${renamed}`);
    expect(keys(await call("GET", `/v1/clusters/${made.uuid}`))).toEqual(whole);
    expect(keys((await call("GET", "/v1/clusters/detail")).clusters[0])).toEqual(whole);
    await api.settle(made.uuid, "CREATE_FAILED");
    expect(keys(await call("GET", `/v1/clusters/${made.uuid}`))).toEqual([...whole, "faults"].toSorted());

    expect(keys(await call("GET", "/v1/stats"))).toEqual(["clusters", "nodes"]);
    expect(keys(await call("GET", "/v1/federations"))).toEqual(["federations"]);
    if (minor >= 9) expect(keys((await call("GET", `/v1/clusters/${made.uuid}/nodegroups`)).nodegroups[0])).toEqual(GROUP_ITEM);
    await call("DELETE", `/v1/clusters/${made.uuid}`);
    await api.api.close();
  },
);

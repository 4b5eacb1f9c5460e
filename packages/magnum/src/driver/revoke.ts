import type { Cloud } from "@slipway/openstack";

/** With an account that may: a restricted credential cannot delete itself. What is gone already is fine. */
export const revokeWith =
  (service: Pick<Cloud, "session">) =>
  async ({ userId, id }: { readonly userId: string; readonly id: string }): Promise<void> => {
    const { session } = service;
    await session.send({
      call: "application_credential_delete",
      asked: "DELETE /users/<user>/application_credentials/<id> of identity",
      method: "DELETE",
      url: `${await session.identityUrl()}/users/${encodeURIComponent(userId)}/application_credentials/${encodeURIComponent(id)}`,
      absent: "undefined",
    });
  };

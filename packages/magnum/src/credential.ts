/** The Secret with the tenant's credential, named as Cluster API's OpenStack provider is told: API and driver meet in it. */
export const credentialSecretName = (stackName: string): string => `${stackName}-cloud-config`;

/** `<user id>/<credential id>`: what must be revoked at the end. */
export const CREDENTIAL_ANNOTATION = "magnum.slipway.dev/application-credential";

import type { ValidToken } from "../../cloud/keystone.ts";
import { forbidden } from "../errors.ts";

/** Whose thing an action touches. */
export interface PolicyTarget {
  readonly projectId: string | undefined;
  readonly userId: string | undefined;
}

type Check = (caller: ValidToken, target: PolicyTarget) => boolean;

export const isAdmin = (caller: ValidToken): boolean => caller.roles.includes("admin");

const inProject =
  (role: string): Check =>
  (caller, target) =>
    caller.projectId !== undefined && caller.projectId === target.projectId && caller.roles.includes(role);
const ofUser =
  (role: string): Check =>
  (caller, target) =>
    inProject(role)(caller, target) && caller.userId === target.userId;

const admin: Check = isAdmin;
const either =
  (...checks: readonly Check[]): Check =>
  (caller, target) =>
    checks.some((check) => check(caller, target));
const adminOrMember = either(admin, inProject("member"));
const adminOrReader = either(admin, inProject("reader"));
const adminOrOwningMember = either(admin, ofUser("member"));
const adminOrOwningReader = either(admin, ofUser("reader"));

/** Default rules of each action. That admin implies member implies reader is Keystone's business: the token lists all three. */
const RULES = {
  "cluster:create": adminOrMember,
  "cluster:delete": adminOrMember,
  "cluster:delete_all_projects": admin,
  "cluster:update": adminOrMember,
  "cluster:update_all_projects": admin,
  "cluster:update_health_status": adminOrOwningMember,
  "cluster:resize": adminOrMember,
  "cluster:upgrade": adminOrMember,
  "cluster:upgrade_all_projects": admin,
  "cluster:get": adminOrReader,
  "cluster:get_one_all_projects": admin,
  "cluster:get_all": adminOrReader,
  "cluster:get_all_all_projects": admin,
  "cluster:detail": adminOrReader,
  "cluster:detail_all_projects": admin,
  "clustertemplate:create": adminOrMember,
  "clustertemplate:delete": adminOrMember,
  "clustertemplate:delete_all_projects": admin,
  "clustertemplate:update": adminOrMember,
  "clustertemplate:update_all_projects": admin,
  "clustertemplate:publish": admin,
  "clustertemplate:get": adminOrReader,
  "clustertemplate:get_one_all_projects": admin,
  "clustertemplate:get_all": adminOrReader,
  "clustertemplate:get_all_all_projects": admin,
  "clustertemplate:detail": adminOrReader,
  "clustertemplate:detail_all_projects": admin,
  "nodegroup:get": adminOrReader,
  "nodegroup:get_one_all_projects": admin,
  "nodegroup:get_all": adminOrReader,
  "nodegroup:get_all_all_projects": admin,
  "nodegroup:create": adminOrMember,
  "nodegroup:update": adminOrMember,
  "nodegroup:delete": adminOrMember,
  "certificate:create": adminOrOwningMember,
  "certificate:get": adminOrOwningReader,
  "certificate:rotate_ca": adminOrMember,
  "credential:rotate": inProject("member"),
  "quota:get": adminOrReader,
  "quota:get_all": admin,
  "quota:create": admin,
  "quota:update": admin,
  "quota:delete": admin,
  "stats:get_all": adminOrReader,
  "magnum-service:get_all": admin,
  "orphan:get_all": admin,
  "orphan:delete": admin,
  "federation:create": adminOrMember,
  "federation:update": adminOrMember,
  "federation:delete": adminOrMember,
  "federation:get": adminOrReader,
  "federation:get_all": adminOrReader,
  "federation:detail": adminOrReader,
} satisfies { readonly [rule: string]: Check };

export type Rule = keyof typeof RULES;

/**
 * Stops what the caller may not do. Rules are about projects: a token for the whole system fails them all.
 * @throws MagnumError 403
 */
export const enforce = (rule: Rule, caller: ValidToken, target?: PolicyTarget): void => {
  if (!allows(rule, caller, target)) throw forbidden(`Policy doesn't allow ${rule} to be performed.`);
};

/** Without a target the caller's own project and user are meant. */
export const allows = (rule: Rule, caller: ValidToken, target?: PolicyTarget): boolean =>
  !caller.system && RULES[rule](caller, target ?? { projectId: caller.projectId, userId: caller.userId });

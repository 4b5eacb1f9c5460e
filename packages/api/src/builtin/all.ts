import { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from "./apps.ts";
import { CertificateSigningRequest } from "./certificates.ts";
import { Lease } from "./coordination.ts";
import { ConfigMap, Event, Namespace, Secret, ServiceAccount } from "./core.ts";
import { EventsEvent } from "./events.ts";
import {
  APIService,
  CustomResourceDefinition,
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from "./extension.ts";
import type { BuiltinKind } from "./kind.ts";
import { Node } from "./node.ts";
import { otherKinds } from "./others.ts";
import { Pod } from "./pod.ts";
import { PodDisruptionBudget } from "./policy.ts";
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "./rbac.ts";
import {
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  TokenReview,
} from "./reviews.ts";
import { EndpointSlice, Endpoints, Service } from "./service.ts";
import { VolumeAttachment } from "./storage.ts";

/** Every kind that Kubernetes defines and this server serves. The registry stores those that are not `virtual`. */
export const builtinKinds: readonly BuiltinKind[] = [
  Namespace,
  Secret,
  ConfigMap,
  ServiceAccount,
  Event,
  Node,
  Pod,
  Service,
  Endpoints,
  Deployment,
  ReplicaSet,
  StatefulSet,
  DaemonSet,
  ControllerRevision,
  EventsEvent,
  Lease,
  EndpointSlice,
  Role,
  RoleBinding,
  ClusterRole,
  ClusterRoleBinding,
  CustomResourceDefinition,
  APIService,
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
  CertificateSigningRequest,
  PodDisruptionBudget,
  VolumeAttachment,
  TokenReview,
  SelfSubjectReview,
  SubjectAccessReview,
  SelfSubjectAccessReview,
  LocalSubjectAccessReview,
  SelfSubjectRulesReview,
  ...otherKinds,
];

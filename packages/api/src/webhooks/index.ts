/** Our kinds' rules for a kube-apiserver that is not ours: the same admission and conversion, as webhooks. */
export { answerConversion, type ConversionReview, parseConversion } from "./conversion.ts";
export { jsonPatchOf } from "./diff.ts";
export { configurationName, webhookManifests } from "./manifests.ts";
export { type KindWebhook, kindsOf, serviceOf, type WebhookProvider, webhookProviders, webhooksOf } from "./providers.ts";
export { type AdmissionReview, answerReview, parseReview, type ReviewOptions } from "./review.ts";

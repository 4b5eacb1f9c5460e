import { formerConverter } from "../kind/former.ts";
import { addonsGroup } from "./group.ts";

/** `v1alpha3` and `v1alpha4` of the add-on kinds, for objects that an old management cluster still has stored in them. */

const both = (...newer: readonly string[]) => formerConverter(addonsGroup.version, { v1alpha3: { newer }, v1alpha4: { newer } });

export const convertClusterResourceSet = both("status.v1beta2");
export const convertClusterResourceSetBinding = both("spec.clusterName");

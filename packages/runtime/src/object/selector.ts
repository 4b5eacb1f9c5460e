/** Selectors are a matter of the kinds; controllers know them from here. */
export {
  formatSelector,
  isEmptySelector,
  matchesRequirement,
  matchesSelector,
  parseSelector,
  type Requirement,
  requirementsOf,
} from "@slipway/api/meta/labelselector.ts";

import type { Random } from "./exchange.ts";

const GREEK =
  "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi psi omega".split(
    " ",
  );

/** For those who name nothing: `phi-17-template`. */
export const generatedName = (what: "cluster" | "template", random: Random): string =>
  `${GREEK[random.below(GREEK.length)] ?? "alpha"}-${random.below(24) + 1}-${what}`;

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

/** What Cluster API calls the cluster: `kube-x7k2p`. */
export const stackName = (random: Random): string =>
  `kube-${Array.from({ length: 5 }, () => LETTERS[random.below(LETTERS.length)]).join("")}`;

/**
 * How many machines each MachineSet should have now. Pure arithmetic over a few numbers; the golden text beside it tells whole
 * rollouts, step by step.
 */
export interface Sized {
  readonly name: string;
  /** `spec.replicas`: what it should have. */
  readonly replicas: number;
  /** `status.replicas`: what it has. */
  readonly actual: number;
  readonly available: number;
  readonly createdAt: string;
  /** Of the `max-replicas` annotation: what its deployment might have had when it was last scaled. */
  readonly maxReplicas?: number;
  /** Its Machines that are not being deleted; only asked for with OnDelete. */
  readonly staying?: number;
}

export interface Limits {
  /** What the deployment wants. */
  readonly replicas: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

export interface Scale {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const scaled = (set: Sized, to: number): readonly Scale[] =>
  to === set.replicas ? [] : [{ name: set.name, from: set.replicas, to }];

/** Oldest first; of the same age by name, so that a choice made twice is the same. */
export const byAge = (a: { createdAt: string; name: string }, b: { createdAt: string; name: string }): number =>
  a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : a.name < b.name ? -1 : a.name > b.name ? 1 : 0;

/** The new MachineSet grows into the room that is left, counting machines that are asked for and machines that are still there. CORE-328 */
export const newSetReplicas = (replicas: number, all: readonly Sized[], { replicas: wanted, maxSurge }: Limits): number => {
  if (replicas >= wanted) return wanted;
  const room = wanted + maxSurge - sum(all.map((set) => Math.max(set.replicas, set.actual)));
  return room <= 0 ? replicas : replicas + Math.min(room, wanted - replicas);
};

/** Of what a MachineSet shall have: what it still has to delete may be available too, but not for long. */
const lasting = ({ available, replicas }: Sized): number => Math.min(available, replicas);

/** Old MachineSets give way as far as availability allows: first what is not available anyway, oldest MachineSet first. CORE-330 */
export const scaleOldSets = (newSet: Sized, oldSets: readonly Sized[], limits: Limits): readonly Scale[] => {
  const total = sum([newSet, ...oldSets].map(({ replicas }) => replicas));
  const minAvailable = limits.replicas - limits.maxUnavailable;
  const mayGo = total - minAvailable - (newSet.replicas - lasting(newSet));
  if (mayGo <= 0 || sum(oldSets.map(({ replicas }) => replicas)) === 0) return [];

  const inOrder = oldSets.toSorted(byAge);
  let cleanups = mayGo;
  const cleaned = inOrder.map((set) => {
    const unhealthy = Math.min(set.replicas - lasting(set), cleanups);
    cleanups -= unhealthy;
    return { set, replicas: set.replicas - unhealthy };
  });
  let spare = Math.max(sum([newSet, ...oldSets].map(lasting)) - minAvailable, 0);
  return cleaned.flatMap(({ set, replicas }) => {
    const healthy = Math.min(replicas, spare);
    spare -= healthy;
    return scaled(set, replicas - healthy);
  });
};

/** OnDelete: nothing goes by itself. What people delete is not made again here, and only a smaller deployment takes more. CORE-331 */
export const scaleOldSetsOnDelete = (
  newSet: Sized,
  oldSets: readonly Sized[],
  { replicas: wanted }: Limits,
): readonly Scale[] => {
  let surplus = sum([newSet, ...oldSets].map(({ replicas }) => replicas)) - wanted;
  const followed = oldSets
    .filter(({ replicas }) => replicas > 0)
    .map((set) => {
      const staying = set.staying ?? set.replicas;
      surplus -= set.replicas - staying;
      return { set, replicas: staying };
    });
  return followed.flatMap(({ set, replicas }) => {
    const taken = Math.min(Math.max(surplus, 0), replicas);
    surplus -= taken;
    return scaled(set, replicas - taken);
  });
};

/**
 * A paused deployment does not roll, but it scales: the only active MachineSet takes all; several take their shares, and the
 * largest what rounding leaves. CORE-332
 */
export const scalePaused = (
  newSet: (Sized & { readonly saturated: boolean }) | undefined,
  oldSets: readonly Sized[],
  limits: Limits & { readonly proportionally: boolean; readonly actual: number },
): readonly Scale[] => {
  const all = [...oldSets, ...(newSet ? [newSet] : [])];
  const active = all.filter(({ replicas }) => replicas > 0);
  if (active.length <= 1) {
    const only = active[0] ?? newSet ?? oldSets.toSorted(byAge).at(-1);
    return only ? scaled(only, limits.replicas) : [];
  }
  if (newSet?.saturated) return oldSets.flatMap((set) => (set.replicas > 0 ? scaled(set, 0) : []));
  return limits.proportionally ? scaleProportionally(active, limits) : [];
};

const scaleProportionally = (active: readonly Sized[], limits: Limits & { readonly actual: number }): readonly Scale[] => {
  const allowed = limits.replicas > 0 ? limits.replicas + limits.maxSurge : 0;
  const toAdd = allowed - sum(active.map(({ replicas }) => replicas));
  if (toAdd === 0) return [];
  // The larger first; of the same size the newer when growing, the older when shrinking.
  const inOrder = active.toSorted((a, b) => b.replicas - a.replicas || (toAdd > 0 ? -byAge(a, b) : byAge(a, b)));
  let added = 0;
  const shares = inOrder.map((set) => {
    const left = toAdd - added;
    const share = toAdd > 0 ? Math.min(fractionOf(set, limits), left) : Math.max(fractionOf(set, limits), left);
    added += share;
    return share;
  });
  return inOrder.flatMap((set, index) => {
    const leftover = index === 0 ? toAdd - added : 0;
    return scaled(set, Math.max(set.replicas + (shares[index] ?? 0) + leftover, 0));
  });
};

/** What this MachineSet would gain (or lose) if it kept its part of the whole. */
const fractionOf = (set: Sized, { replicas, maxSurge, actual }: Limits & { readonly actual: number }): number => {
  if (replicas === 0) return -set.replicas;
  const whole = set.maxReplicas ?? actual;
  return whole === 0 ? 0 : Math.round((set.replicas * (replicas + maxSurge)) / whole) - set.replicas;
};

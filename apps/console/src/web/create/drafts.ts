/** Drafts outlive a reload and the end of a session, in this tab only. */
import { type Draft, emptyDraft, steps } from "./draft.ts";

type Kept = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const prefix = "slipway-draft-";
const keyOf = (projectId: string) => `${prefix}${projectId}`;

/** What was typed before, in this project; fields that an older page did not have are filled in. */
export const readDraft = (storage: Kept, projectId: string): Draft | undefined => {
  try {
    const text = storage.getItem(keyOf(projectId));
    if (text === null) return undefined;
    const kept = JSON.parse(text) as Partial<Draft>;
    if (typeof kept !== "object" || kept === null || typeof kept.name !== "string") return undefined;
    const draft = { ...emptyDraft(kept.name), ...kept };
    return steps.includes(draft.step) && Array.isArray(draft.labels) && Array.isArray(draft.groups) ? draft : undefined;
  } catch {
    return undefined;
  }
};

export const keepDraft = (storage: Kept, projectId: string, draft: Draft): void => {
  try {
    storage.setItem(keyOf(projectId), JSON.stringify(draft));
  } catch {
    // A full or forbidden storage costs the draft after a reload, nothing more.
  }
};

export const forgetDraft = (storage: Kept, projectId: string): void => {
  storage.removeItem(keyOf(projectId));
};

/** At sign-out nothing of a tenant stays behind. */
export const forgetDrafts = (storage: Storage): void => {
  for (const key of Object.keys(storage)) if (key.startsWith(prefix)) storage.removeItem(key);
};

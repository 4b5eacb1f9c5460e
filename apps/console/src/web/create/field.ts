import type { Template } from "../../contract/index.ts";
import type { Draft } from "./draft.ts";
import type { Choices } from "./useChoices.ts";

/** What a step of the wizard is given. */
export interface StepProps {
  readonly draft: Draft;
  /** The chosen one, once it is. */
  readonly template: Template | undefined;
  readonly choices: Choices;
  readonly change: (part: Partial<Draft>) => void;
  /** What is wrong with a field of the request, in words; nothing while it is too early to say. */
  readonly faultOf: (field: string) => string | undefined;
}

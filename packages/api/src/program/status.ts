/** What the program answers when it is asked how it is: `slipway status --json`. */
export interface Status {
  readonly ready: boolean;
  readonly endpoints: { readonly [name: string]: string };
  readonly components: readonly Component[];
}

export interface Component {
  readonly name: string;
  readonly namespace: string;
  readonly ready: boolean;
  readonly message: string;
}

/** What the program says of a snapshot of its stores that it took, read or restored. */
export interface SnapshotSummary {
  readonly takenAt: string;
  /** The version that took it. */
  readonly program: string;
  readonly stores: readonly { readonly name: string; readonly revision: number; readonly count: number }[];
  /** Of all stores. */
  readonly count: number;
  /** SHA-256 of the content, in hexadecimal digits. */
  readonly checksum: string;
  readonly fileBytes: number;
  /** Names of the home's files that are in it. */
  readonly files: readonly string[];
  /** Records by the key they are sealed with. */
  readonly sealed: { readonly [key: string]: number };
}

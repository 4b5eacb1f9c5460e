/** As Magnum prints times: whole seconds, with offset. */
export const wireTime = (iso: string | undefined): string | null =>
  iso === undefined ? null : `${new Date(iso).toISOString().slice(0, 19)}+00:00`;

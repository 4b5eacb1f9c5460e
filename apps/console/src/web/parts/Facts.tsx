import { Fragment, type ReactNode } from "react";

export interface Fact {
  readonly name: string;
  readonly value: ReactNode;
}

/** Names and values; a value that is not known is a dash, so that nobody thinks it was forgotten. */
export const Facts = ({ facts }: { readonly facts: readonly Fact[] }) => (
  <dl className="facts">
    {facts.map(({ name, value }) => (
      <Fragment key={name}>
        <dt>{name}</dt>
        <dd>{value === null || value === undefined || value === "" ? "–" : value}</dd>
      </Fragment>
    ))}
  </dl>
);

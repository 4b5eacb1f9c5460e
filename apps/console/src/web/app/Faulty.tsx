import { Component, type ReactNode } from "react";
import { Problem } from "../parts/Problem.tsx";

/** The last resort: a page that fails says so instead of going blank. */
export class Faulty extends Component<{ readonly children: ReactNode }, { readonly error: unknown }> {
  override readonly state = { error: undefined };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <main className="sign-in" id="main">
        <Problem error={this.state.error} onRetry={() => location.reload()} />
      </main>
    );
  }
}

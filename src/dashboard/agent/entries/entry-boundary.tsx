/** What goes wrong in drawing one entry stays there: the others go on. */

import { Component, type ReactNode } from 'react';

interface EntryBoundaryProps {
	readonly children: ReactNode;
}

export class EntryBoundary extends Component<EntryBoundaryProps, { readonly hasFailed: boolean }> {
	override readonly state = { hasFailed: false };

	static getDerivedStateFromError(): { readonly hasFailed: boolean } {
		return { hasFailed: true };
	}

	/** What has changed since may be drawn. */
	override componentDidUpdate(before: EntryBoundaryProps): void {
		if (this.state.hasFailed && before.children !== this.props.children) this.setState({ hasFailed: false });
	}

	override render(): ReactNode {
		if (!this.state.hasFailed) return this.props.children;
		return <p className="entry-line">This cannot be shown here. `statecraft logs` shows it as text.</p>;
	}
}

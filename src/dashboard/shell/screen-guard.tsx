/** Keeps the rest of the page when a screen breaks, or cannot be loaded because the server has another build. */

import { Component, type ReactNode } from 'react';
import { Button } from '../components/button.tsx';
import { EmptyState } from '../components/empty-state.tsx';

interface ScreenGuardState {
	readonly error: Error | null;
}

export class ScreenGuard extends Component<{ readonly children: ReactNode }, ScreenGuardState> {
	override state: ScreenGuardState = { error: null };

	static getDerivedStateFromError(thrown: unknown): ScreenGuardState {
		return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
	}

	override render(): ReactNode {
		const { error } = this.state;
		if (error === null) return this.props.children;
		return (
			<EmptyState
				title="This screen does not work"
				actions={
					<Button look="primary" onClick={() => window.location.reload()}>
						Load the page again
					</Button>
				}
			>
				<p>
					Perhaps Statecraft was upgraded while the page was open. Nothing was lost: the agents go on by themselves.
				</p>
				<p>
					<code>{error.message}</code>
				</p>
			</EmptyState>
		);
	}
}

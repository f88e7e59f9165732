/** What a place says when there is nothing in it: what would be here, and how it gets here. */

import './empty-state.css';
import type { ReactNode } from 'react';

export interface EmptyStateProps {
	readonly title: string;
	readonly children?: ReactNode;
	readonly actions?: ReactNode;
}

export function EmptyState({ title, children, actions }: EmptyStateProps) {
	return (
		<div className="empty-state">
			<h2>{title}</h2>
			{children && <div className="empty-state-words">{children}</div>}
			{actions && <div className="empty-state-actions">{actions}</div>}
		</div>
	);
}

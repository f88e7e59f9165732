/** Names and values, one below the other. */

import './facts.css';
import type { ReactNode } from 'react';

export function Facts({ label = 'Facts', children }: { readonly label?: string; readonly children: ReactNode }) {
	return (
		<aside className="facts" aria-label={label}>
			<dl>{children}</dl>
		</aside>
	);
}

export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
	return (
		<div>
			<dt>{name}</dt>
			<dd>{children}</dd>
		</div>
	);
}

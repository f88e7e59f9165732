/** Tabs: one of several panels in sight; arrow keys go from tab to tab. */

import './tabs.css';
import { type KeyboardEvent, type ReactNode, useId, useRef } from 'react';

export interface Tab {
	readonly id: string;
	readonly title: ReactNode;
	readonly content: () => ReactNode;
}

export interface TabsProps {
	/** Names the group. */
	readonly label: string;
	readonly tabs: readonly Tab[];
	readonly chosen: string;
	readonly onChoose: (id: string) => void;
}

export function Tabs({ label, tabs, chosen, onChoose }: TabsProps) {
	const base = useId();
	const list = useRef<HTMLDivElement>(null);
	const current = tabs.find(({ id }) => id === chosen) ?? tabs[0];

	function onKeyDown(event: KeyboardEvent): void {
		const at = tabs.findIndex(({ id }) => id === current?.id);
		const to = nextIndex(event.key, at, tabs.length);
		const target = to === null ? undefined : tabs[to];
		if (target === undefined || to === null) return;
		event.preventDefault();
		onChoose(target.id);
		list.current?.querySelectorAll<HTMLElement>('[role="tab"]')[to]?.focus();
	}

	return (
		<div className="tabs">
			<div ref={list} className="tab-list" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
				{tabs.map(({ id, title }) => (
					<button
						key={id}
						type="button"
						role="tab"
						id={`${base}-${id}-tab`}
						aria-selected={id === current?.id}
						aria-controls={`${base}-${id}`}
						tabIndex={id === current?.id ? 0 : -1}
						onClick={() => onChoose(id)}
					>
						{title}
					</button>
				))}
			</div>
			{tabs.map(({ id, content }) => (
				<div
					key={id}
					role="tabpanel"
					id={`${base}-${id}`}
					aria-labelledby={`${base}-${id}-tab`}
					hidden={id !== current?.id}
					className="tab-panel"
				>
					{id === current?.id && content()}
				</div>
			))}
		</div>
	);
}

/** Where a key leads among `count` tabs; null for other keys. */
export function nextIndex(key: string, at: number, count: number): number | null {
	if (count === 0) return null;
	switch (key) {
		case 'ArrowRight':
			return (at + 1) % count;
		case 'ArrowLeft':
			return (at - 1 + count) % count;
		case 'Home':
			return 0;
		case 'End':
			return count - 1;
		default:
			return null;
	}
}

// biome-ignore-all lint/a11y/useSemanticElements: rows are drawn only in sight and become cards; a table laid out as a grid loses its roles.
// biome-ignore-all lint/a11y/useFocusableInteractive: a table, not a grid: what can be focused is in its cells.
/** The list of agents: only what is in sight is drawn, so that a thousand are as fast as ten. */

import { defaultRangeExtractor, type Range, useWindowVirtualizer } from '@tanstack/react-virtual';
import { type FocusEvent, type KeyboardEvent, useCallback, useLayoutEffect, useRef, useState } from 'react';
import type { Agent } from '../store/resources.ts';
import { AgentRow, columns } from './agent-row.tsx';
import { nextRow } from './row-keys.ts';

/** A row on a wide window, and about a card on a narrow one; each is measured once it is drawn. */
const rowHeight = 51;
const cardHeight = 132;
/** The head of the table stays in sight above the rows. */
const headHeight = 40;
const cards = '(max-width: 55rem)';

export interface AgentRowsProps {
	readonly agents: readonly Agent[];
}

export function AgentRows({ agents }: AgentRowsProps) {
	const list = useRef<HTMLDivElement>(null);
	const [top, setTop] = useState(0);
	/** The row that has the focus stays drawn wherever the window scrolls, and wherever it goes in the list. */
	const [focusedId, setFocusedId] = useState<string | null>(null);
	const focused = focusedId === null ? -1 : agents.findIndex(({ id }) => id === focusedId);
	const rangeExtractor = useCallback((range: Range) => withFocused(range, focused), [focused]);
	const virtualizer = useWindowVirtualizer({
		count: agents.length,
		estimateSize: () => (window.matchMedia(cards).matches ? cardHeight : rowHeight),
		getItemKey: (index) => agents[index]?.id ?? index,
		overscan: 8,
		scrollMargin: top,
		scrollPaddingStart: headHeight,
		rangeExtractor,
	});

	useLayoutEffect(() => {
		const measure = () => setTop((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
		measure();
		const observer = new ResizeObserver(measure);
		observer.observe(document.body);
		return () => observer.disconnect();
	}, []);

	function focusRow(index: number): void {
		virtualizer.scrollToIndex(index, { align: 'auto' });
		const find = () => list.current?.querySelector<HTMLElement>(`[data-row="${index}"]`);
		const row = find();
		if (row) {
			row.focus({ preventScroll: true });
			return;
		}
		// What is far away is drawn first.
		setFocusedId(agents[index]?.id ?? null);
		requestAnimationFrame(() => find()?.focus({ preventScroll: true }));
	}

	function onKeyDown(event: KeyboardEvent): void {
		const at = rowOf(event.target);
		const to = at === null ? null : nextRow(event.key, at, agents.length);
		if (to === null) return;
		event.preventDefault();
		focusRow(to);
	}

	function onFocus(event: FocusEvent): void {
		const index = Number(event.target.closest('[data-index]')?.getAttribute('data-index') ?? -1);
		setFocusedId(agents[index]?.id ?? null);
	}

	return (
		<div className="agent-list" role="table" aria-label="Agents" aria-rowcount={agents.length + 1}>
			<div role="rowgroup">
				<div className="agent-list-head agent-grid" role="row" aria-rowindex={1}>
					{columns.map((title) => (
						<span key={title} role="columnheader">
							{title === 'Actions' ? <span className="visually-hidden">{title}</span> : title}
						</span>
					))}
				</div>
			</div>
			<div
				ref={list}
				role="rowgroup"
				className="agent-list-body"
				style={{ height: virtualizer.getTotalSize() }}
				onKeyDown={onKeyDown}
				onFocus={onFocus}
				onBlur={() => setFocusedId(null)}
			>
				{virtualizer.getVirtualItems().map(({ key, index, start }) => {
					const agent = agents[index];
					if (agent === undefined) return null;
					return (
						<div
							key={key}
							ref={virtualizer.measureElement}
							data-index={index}
							role="row"
							aria-rowindex={index + 2}
							className="agent-slot"
							style={{ transform: `translateY(${start - top}px)` }}
						>
							<div className="agent-row agent-grid" role="presentation">
								<AgentRow agent={agent} index={index} />
							</div>
						</div>
					);
				})}
			</div>
		</div>
	);
}

/** `focused` is -1 when no row has the focus. */
function withFocused(range: Range, focused: number): number[] {
	const shown = defaultRangeExtractor(range);
	if (focused < 0 || focused >= range.count || shown.includes(focused)) return shown;
	return [...shown, focused].sort((a, b) => a - b);
}

/** Keys go from row to row only from a row's own link: menus and notes have keys of their own. */
function rowOf(target: EventTarget): number | null {
	const row = target instanceof HTMLElement ? target.dataset.row : undefined;
	return row === undefined ? null : Number(row);
}

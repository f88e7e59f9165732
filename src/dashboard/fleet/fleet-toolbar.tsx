/** Which agents are in sight: by state, by words, in what order. */

import { type KeyboardEvent, type RefObject, useId } from 'react';
import { classNames } from '../components/class-names.ts';
import { Icon } from '../components/icons.tsx';
import { type ListView, type SortOrder, type StateFilter, sortOrders, stateFilters } from './agent-list.ts';

export interface FleetToolbarProps {
	readonly view: ListView;
	readonly counts: Readonly<Record<StateFilter, number>>;
	readonly search: RefObject<HTMLInputElement | null>;
	readonly onChange: (view: ListView) => void;
	/** The operator wants to go on to the rows. */
	readonly onLeaveSearch: () => void;
}

const filterNames: Readonly<Record<StateFilter, string>> = {
	all: 'All',
	attention: 'Needs you',
	busy: 'Busy',
	idle: 'Idle',
	starting: 'Starting',
	failed: 'Failed',
	stopped: 'Stopped',
	pending: 'Pending',
};

const sortNames: Readonly<Record<SortOrder, string>> = {
	attention: 'Needs you first',
	name: 'Name',
	seen: 'Last seen',
	cost: 'Cost',
	queue: 'Queue',
	restarts: 'Restarts',
	newest: 'Newest',
};

/** States first; what goes across them stands apart at the end. */
const shownFilters: readonly StateFilter[] = [...stateFilters.filter((filter) => filter !== 'attention'), 'attention'];

export function FleetToolbar({ view, counts, search, onChange, onLeaveSearch }: FleetToolbarProps) {
	const sort = useId();

	function onSearchKey(event: KeyboardEvent<HTMLInputElement>): void {
		if (event.key === 'ArrowDown' || event.key === 'Enter') {
			event.preventDefault();
			onLeaveSearch();
		}
		if (event.key === 'Escape' && view.text !== '') {
			event.preventDefault();
			onChange({ ...view, text: '' });
		}
	}

	return (
		<search className="fleet-toolbar">
			<div className="fleet-search">
				<Icon name="search" />
				<input
					ref={search}
					type="search"
					aria-label="Search agents"
					aria-keyshortcuts="/"
					placeholder="Name, label, kind"
					value={view.text}
					onChange={(event) => onChange({ ...view, text: event.target.value })}
					onKeyDown={onSearchKey}
				/>
				<kbd title="Press / to search">/</kbd>
			</div>
			<fieldset className="fleet-filters">
				<legend className="visually-hidden">State</legend>
				{shownFilters
					.filter((filter) => filter === 'all' || filter === view.state || counts[filter] > 0)
					.map((filter) => (
						<button
							key={filter}
							type="button"
							className={classNames('chip', filter === 'attention' && 'chip-across')}
							title={filter === 'attention' ? 'Of whatever state: those that ask, or failed' : undefined}
							aria-pressed={filter === view.state}
							onClick={() => onChange({ ...view, state: filter })}
						>
							{filterNames[filter]} <span className="chip-count">{counts[filter]}</span>
						</button>
					))}
			</fieldset>
			<div className="fleet-sort">
				<label htmlFor={sort}>Sort</label>
				<select
					id={sort}
					value={view.sort}
					onChange={(event) => onChange({ ...view, sort: event.target.value as SortOrder })}
				>
					{sortOrders.map((order) => (
						<option key={order} value={order}>
							{sortNames[order]}
						</option>
					))}
				</select>
			</div>
		</search>
	);
}

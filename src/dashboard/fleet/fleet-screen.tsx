/** The fleet: every agent, what it does now, and what may be done with it. */

import './fleet.css';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Button } from '../components/button.tsx';
import { ConfirmWithReason } from '../components/confirm-with-reason.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Icon } from '../components/icons.tsx';
import { useApi, usePage } from '../connection/session-context.ts';
import { linkTo, navigate, replaceAddress } from '../shell/router.ts';
import type { ScreenProps } from '../shell/screens.tsx';
import { showToast } from '../shell/toast-store.ts';
import { selectAgents } from '../store/selectors.ts';
import { countAlive } from './agent-commands.ts';
import type { CreatedAgent } from './agent-creation.ts';
import { countByFilter, defaultView, type ListView, listAgents, readView, writeView } from './agent-list.ts';
import { AgentRows } from './agent-rows.tsx';
import { ConnectDialog } from './connect-dialog.tsx';
import { CreateAgentDialog } from './create-agent-dialog.tsx';
import { FirstRun } from './first-run.tsx';
import { FleetToolbar } from './fleet-toolbar.tsx';
import { type KillAllOutcome, killAll } from './kill-all.ts';

type OpenDialog = { readonly type: 'create' | 'kill-all' } | { readonly type: 'connect'; readonly agent: CreatedAgent };

export function FleetScreen({ query }: ScreenProps) {
	const agents = usePage(selectAgents);
	const isLoaded = usePage((context) => context.isLoaded);
	const [dialog, setDialog] = useState<OpenDialog | null>(null);
	const [view, setView] = useState(() => readView(query));
	const listed = useMemo(() => listAgents(agents, view), [agents, view]);
	const counts = useMemo(() => countByFilter(agents), [agents]);
	const search = useRef<HTMLInputElement>(null);
	const rows = useRef<HTMLDivElement>(null);
	useSlashKey(search);

	function change(next: ListView): void {
		setView(next);
		replaceAddress(linkTo([], writeView(next)));
	}

	function created(agent: CreatedAgent): void {
		showToast(`${agent.name} was created`);
		if (agent.connect) setDialog({ type: 'connect', agent });
		else navigate(linkTo(['agents', agent.id]));
	}

	if (!isLoaded) return <p className="muted frame-loading">Waiting for the server…</p>;
	return (
		<>
			<header className="screen-head">
				<h1>Fleet</h1>
				<div className="screen-actions">
					{agents.length > 0 && (
						<>
							<Button needs="admin" icon={<Icon name="kill" />} onClick={() => setDialog({ type: 'kill-all' })}>
								Kill all…
							</Button>
							<Button
								needs="admin"
								look="primary"
								icon={<Icon name="plus" />}
								onClick={() => setDialog({ type: 'create' })}
							>
								Create an agent
							</Button>
						</>
					)}
				</div>
			</header>
			{agents.length === 0 ? (
				<FirstRun onCreate={() => setDialog({ type: 'create' })} />
			) : (
				<>
					<FleetToolbar
						view={view}
						counts={counts}
						search={search}
						onChange={change}
						onLeaveSearch={() => rows.current?.querySelector<HTMLElement>('[data-row]')?.focus()}
					/>
					<p className="visually-hidden" role="status">
						{`${listed.length} of ${agents.length} agents`}
					</p>
					<div ref={rows}>
						{listed.length > 0 ? (
							<AgentRows agents={listed} />
						) : (
							<EmptyState
								title="No agents match"
								actions={<Button onClick={() => change({ ...defaultView, sort: view.sort })}>Show all</Button>}
							/>
						)}
					</div>
				</>
			)}
			{dialog && (
				<FleetDialog dialog={dialog} count={countAlive(agents)} onCreated={created} onClose={() => setDialog(null)} />
			)}
		</>
	);
}

interface FleetDialogProps {
	readonly dialog: OpenDialog;
	/** Agents that have a process, or are about to have one. */
	readonly count: number;
	readonly onCreated: (agent: CreatedAgent) => void;
	readonly onClose: () => void;
}

function FleetDialog({ dialog, count, onCreated, onClose }: FleetDialogProps) {
	const api = useApi();
	if (dialog.type === 'create') return <CreateAgentDialog onCreated={onCreated} onClose={onClose} />;
	if (dialog.type === 'connect') {
		const { name, connect } = dialog.agent;
		return connect ? <ConnectDialog name={name} connect={connect} onClose={onClose} /> : null;
	}
	const tell = ({ killed }: KillAllOutcome) =>
		showToast(killed === 1 ? '1 agent was killed' : `${killed} agents were killed`);
	return (
		<ConfirmWithReason
			title={askKillAll(count)}
			words="The process of each of them is ended at once. Running prompts count as interrupted; queued ones stay queued."
			action="Kill all"
			onConfirm={async (reason) => tell(await killAll(api, reason))}
			onClose={onClose}
		/>
	);
}

function askKillAll(count: number): string {
	if (count === 0) return 'Kill all? No agent is alive now.';
	return count === 1 ? 'Kill the 1 agent that is alive?' : `Kill the ${count} agents that are alive?`;
}

/** `/` goes to the search, unless somebody is typing. */
function useSlashKey(search: React.RefObject<HTMLInputElement | null>): void {
	useEffect(() => {
		function onKeyDown(event: KeyboardEvent): void {
			if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
			if (event.target instanceof Element && event.target.closest('input, textarea, select, dialog')) return;
			event.preventDefault();
			search.current?.focus();
			search.current?.select();
		}
		document.addEventListener('keydown', onKeyDown);
		return () => document.removeEventListener('keydown', onKeyDown);
	}, [search]);
}

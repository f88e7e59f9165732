/** The screen of one agent: its transcript and everything else there is to know of it, in tabs. */

import './agent.css';
import { useSelector } from '@xstate/store-react';
import { type ReactElement, useEffect, useState } from 'react';
import { EmptyState } from '../components/empty-state.tsx';
import { type Tab, Tabs } from '../components/tabs.tsx';
import { usePage } from '../connection/session-context.ts';
import { KeptStates } from '../content/kept-state.tsx';
import { showOnOneLine } from '../content/visible-text.ts';
import { HistoryView } from '../history/history-view.tsx';
import { linkTo, replaceAddress } from '../shell/router.ts';
import type { ScreenProps } from '../shell/screens.tsx';
import { useTitleSubject } from '../shell/title.ts';
import type { Agent } from '../store/resources.ts';
import { AgentHeader } from './agent-header.tsx';
import { type AgentLive, useAgentLive } from './agent-live.ts';
import { Composer } from './composer/composer.tsx';
import { LookupsContext } from './entries/transcript-context.ts';
import { OpenRequests } from './open-requests.tsx';
import { JournalPanel } from './panels/journal-panel.tsx';
import { RunsPanel } from './panels/runs-panel.tsx';
import { SettingsPanel } from './panels/settings-panel.tsx';
import { StatechartPanel } from './panels/statechart-panel.tsx';
import { TranscriptView } from './transcript/transcript-view.tsx';

export function AgentScreen({ id, query }: ScreenProps): ReactElement {
	const isLoaded = usePage((context) => context.isLoaded);
	const agent = usePage(({ resources }) => findAgent(resources.agent, id));
	if (agent) {
		return (
			<KeptStates key={agent.id}>
				<LoadedScreen agent={agent} tab={query.get('tab') ?? ''} version={readVersion(query)} />
			</KeptStates>
		);
	}
	if (!isLoaded) return <p className="muted frame-loading">Loading…</p>;
	return (
		<EmptyState title="There is no such agent" actions={<a href={linkTo([])}>To the fleet</a>}>
			It was deleted, or the address is mistyped.
		</EmptyState>
	);
}

/** Undefined for what is no version. */
function readVersion(query: URLSearchParams): number | undefined {
	const version = Number(query.get('version'));
	return Number.isInteger(version) && version > 0 ? version : undefined;
}

/** Addresses may name an agent as well. */
function findAgent(agents: ReadonlyMap<string, Agent>, idOrName = ''): Agent | undefined {
	return agents.get(idOrName) ?? [...agents.values()].find(({ name }) => name === idOrName);
}

interface LoadedScreenProps {
	readonly agent: Agent;
	/** Id of the chosen tab; any other chooses the first. */
	readonly tab: string;
	/** Of its history; undefined for the latest. */
	readonly version: number | undefined;
}

function LoadedScreen({ agent, tab, version }: LoadedScreenProps): ReactElement | null {
	const live = useAgentLive(agent.id);
	useEffect(() => live?.journal.follow(agent.version), [live, agent.version]);
	useTitleSubject(showOnOneLine(agent.name, 100));
	if (live === null) return null;
	return (
		<LookupsContext value={live.lookups}>
			<div className="agent-screen">
				<AgentHeader agent={agent} />
				<AgentTabs agent={agent} live={live} tab={tab} version={version} />
			</div>
		</LookupsContext>
	);
}

function AgentTabs({ agent, live, tab, version }: LoadedScreenProps & { readonly live: AgentLive }): ReactElement {
	const [chosen, choose] = useChosenTab(agent.id, tab);
	const prompts = useSelector(live.store, ({ context }) => context.resources.prompt);
	const runs = useSelector(live.store, ({ context }) => context.resources.run);
	const actor = useSelector(live.store, ({ context }) => context.resources.actor.get(`agent:${agent.id}`));
	const tabs: readonly Tab[] = [
		{
			id: 'transcript',
			title: 'Transcript',
			content: () => (
				<div className="conversation">
					<TranscriptView feed={live.feed} />
					<OpenRequests agentId={agent.id} />
					<Composer agent={agent} prompts={prompts} />
				</div>
			),
		},
		{ id: 'statechart', title: 'Statechart', content: () => <StatechartPanel actor={actor} journal={live.journal} /> },
		{ id: 'runs', title: 'Runs & failures', content: () => <RunsPanel agent={agent} live={runs} /> },
		{ id: 'journal', title: 'Journal', content: () => <JournalPanel journal={live.journal} /> },
		{ id: 'history', title: 'History', content: () => <HistoryView agentId={agent.id} asked={version} /> },
		{ id: 'settings', title: 'Settings', content: () => <SettingsPanel agent={agent} /> },
	];
	return <Tabs label={`About ${agent.name}`} tabs={tabs} chosen={chosen} onChoose={choose} />;
}

/** The tab stands in the address, so that a link leads to it; to change it leads nowhere. */
function useChosenTab(agentId: string, asked: string): readonly [string, (tab: string) => void] {
	const [chosen, setChosen] = useState(asked);
	useEffect(() => setChosen(asked), [asked]);
	// biome-ignore lint/correctness/useExhaustiveDependencies: the chosen tab may be out of sight on a phone
	useEffect(() => {
		const tab = document.querySelector('.agent-screen [role="tab"][aria-selected="true"]');
		tab?.scrollIntoView({ block: 'nearest', inline: 'center' });
	}, [chosen]);
	return [
		chosen,
		(tab) => {
			setChosen(tab);
			replaceAddress(linkTo(['agents', agentId], { tab }));
		},
	];
}

/** An agent's past: a slider over the versions of its actor, and everything that it was at the chosen one. */

import './history.css';
import { useSelector } from '@xstate/store-react';
import { type ReactElement, useEffect, useRef, useState } from 'react';
import { ErrorNote } from '../components/error-note.tsx';
import { type Tab, Tabs } from '../components/tabs.tsx';
import { useApi, useResource } from '../connection/session-context.ts';
import { linkTo, navigate, parseHash } from '../shell/router.ts';
import { AroundList } from './around-list.tsx';
import { CauseAndConsequences } from './cause-and-consequences.tsx';
import { CompareView } from './compare-view.tsx';
import { Downloads } from './downloads.tsx';
import { createHistoryModel, type HistoryContext, type HistoryModel } from './history-model.ts';
import { DiffersNote, MomentFacts } from './moment-facts.tsx';
import { PastContext } from './past-context.tsx';
import { PastStatechart } from './past-statechart.tsx';
import { PastTranscript } from './past-transcript.tsx';
import { VersionSlider } from './version-slider.tsx';

export interface HistoryViewProps {
	readonly agentId: string;
	/** As the address has it; undefined for the latest. */
	readonly asked?: number | undefined;
}

export function HistoryView({ agentId, asked }: HistoryViewProps): ReactElement | null {
	const model = useHistoryModel(agentId, asked);
	const version = useResource('agent', agentId)?.version ?? 0;
	useEffect(() => model?.follow(version), [model, version]);
	return model && <LoadedHistory key={agentId} agentId={agentId} model={model} />;
}

/** Null before the first drawing is done. */
function useHistoryModel(agentId: string, asked: number | undefined): HistoryModel | null {
	const api = useApi();
	const [model, setModel] = useState<HistoryModel | null>(null);
	const first = useRef(asked);
	first.current = asked;
	useEffect(() => {
		const version = first.current;
		const opened = createHistoryModel({ api, agentId, ...(version !== undefined && { version }) });
		setModel(opened);
		return () => opened.close();
	}, [api, agentId]);
	useEffect(() => model?.choose(asked ?? Number.MAX_SAFE_INTEGER), [model, asked]);
	return model;
}

/** So long a version is looked at before it is worth coming back to. */
const settledMs = 600;

/** Writes the chosen version into the address; that of the latest is without one. Back leads to the one before. */
function useVersionInAddress({ version, last, isPlaying }: HistoryContext): void {
	const isLatest = version >= last;
	useEffect(() => {
		if (version === 0 || isPlaying) return;
		const { segments, query } = parseHash(window.location.hash);
		const wanted = isLatest ? undefined : String(version);
		if (query.get('tab') !== 'history' || (query.get('version') ?? undefined) === wanted) return;
		const link = linkTo(segments, { tab: 'history', version: wanted });
		const timer = setTimeout(() => navigate(link), settledMs);
		return () => clearTimeout(timer);
	}, [version, isLatest, isPlaying]);
}

interface LoadedProps {
	readonly agentId: string;
	readonly model: HistoryModel;
}

function LoadedHistory({ agentId, model }: LoadedProps): ReactElement {
	const context = useSelector(model.store, ({ context: held }) => held);
	const { moment, error, isLoading } = context;
	useVersionInAddress(context);
	return (
		<div className="history" aria-busy={isLoading}>
			<ErrorNote error={error} onRetry={model.retry} />
			{context.last === 0 && !error && <p className="muted">Loading…</p>}
			{context.last > 0 && <VersionSlider context={context} model={model} />}
			{moment && (
				<>
					<DiffersNote differs={moment.differs} />
					<div className={isLoading ? 'history-columns history-stale' : 'history-columns'}>
						<div className="history-column">
							<MomentFacts moment={moment} />
							<CauseAndConsequences moment={moment} onChoose={model.choose} />
							<AroundList context={context} onChoose={model.choose} />
							<Downloads agentId={agentId} />
						</div>
						<PastTabs agentId={agentId} context={context} model={model} />
					</div>
				</>
			)}
		</div>
	);
}

function PastTabs({
	agentId,
	context,
	model,
}: LoadedProps & { readonly context: HistoryContext }): ReactElement | null {
	const [chosen, choose] = useState('statechart');
	const { moment } = context;
	if (moment === null) return null;
	const tabs: readonly Tab[] = [
		{ id: 'statechart', title: 'Statechart', content: () => <PastStatechart context={context} moment={moment} /> },
		{
			id: 'context',
			title: 'Context',
			content: () => <PastContext moment={moment} shown={context.shown} onShow={model.show} />,
		},
		{
			id: 'transcript',
			title: 'Transcript',
			content: () => <PastTranscript agentId={agentId} cursor={moment.cursor} />,
		},
		{ id: 'compare', title: 'Compare', content: () => <CompareView context={context} model={model} /> },
	];
	return <Tabs label={`As of version ${moment.version}`} tabs={tabs} chosen={chosen} onChoose={choose} />;
}

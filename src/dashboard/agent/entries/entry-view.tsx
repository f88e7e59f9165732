/** An entry of the transcript, whatever it is. Drawn again only when it is another one. */

import './entries.css';
import { memo, type ReactElement } from 'react';
import { KeptScope } from '../../content/kept-state.tsx';
import type { Entry } from '../transcript/entry.ts';
import { LogView, MilestonesView, OtherView } from './aside-views.tsx';
import { EntryBoundary } from './entry-boundary.tsx';
import { PlanView } from './plan-view.tsx';
import { PromptView, TurnEndView } from './prompt-view.tsx';
import { RequestView } from './request-view.tsx';
import { MessageView, ThoughtView } from './speech-view.tsx';
import { ToolView } from './tool-view.tsx';

export const EntryView = memo(function EntryView({ entry }: { readonly entry: Entry }): ReactElement {
	return (
		<KeptScope name={entry.key}>
			<EntryBoundary>{renderEntry(entry)}</EntryBoundary>
		</KeptScope>
	);
});

function renderEntry(entry: Entry): ReactElement {
	switch (entry.kind) {
		case 'prompt':
			return <PromptView entry={entry} />;
		case 'message':
			return <MessageView entry={entry} />;
		case 'thought':
			return <ThoughtView entry={entry} />;
		case 'tool':
			return <ToolView entry={entry} />;
		case 'plan':
			return <PlanView entry={entry} />;
		case 'log':
			return <LogView entry={entry} />;
		case 'request':
			return <RequestView entry={entry} />;
		case 'turn-end':
			return <TurnEndView entry={entry} />;
		case 'milestones':
			return <MilestonesView entry={entry} />;
		case 'other':
			return <OtherView entry={entry} />;
	}
}

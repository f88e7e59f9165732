/** Workflows: standing rules that turn what happens outside into prompts, or one of them. */

import type { ScreenProps } from '../shell/screens.tsx';
import { WorkflowList } from './workflow-list.tsx';
import { WorkflowView } from './workflow-view.tsx';
import './workflows.css';

export function WorkflowsScreen({ id, query }: ScreenProps) {
	return id === undefined ? <WorkflowList /> : <WorkflowView key={id} id={id} tab={query.get('tab') ?? 'dispatches'} />;
}

/** The screens: one line each. A screen is loaded when it is first shown. */

import { type ComponentType, lazy } from 'react';
import type { IconName } from '../components/icons.tsx';

export interface ScreenProps {
	/** What follows the screen's name in the address: an id, mostly. */
	readonly id: string | undefined;
	readonly query: URLSearchParams;
}

export interface ScreenEntry {
	/** First segment of the address; empty for the start. */
	readonly path: string;
	readonly title: string;
	/** In the navigation; null for screens that are reached from others. */
	readonly icon: IconName | null;
	readonly Screen: ComponentType<ScreenProps>;
}

function load(take: () => Promise<ComponentType<ScreenProps>>): ComponentType<ScreenProps> {
	return lazy(async () => ({ default: await take() }));
}

export const screens: readonly ScreenEntry[] = [
	{
		path: '',
		title: 'Fleet',
		icon: 'fleet',
		Screen: load(async () => (await import('../fleet/fleet-screen.tsx')).FleetScreen),
	},
	{
		path: 'inbox',
		title: 'Inbox',
		icon: 'inbox',
		Screen: load(async () => (await import('../inbox/inbox-screen.tsx')).InboxScreen),
	},
	{
		path: 'workflows',
		title: 'Workflows',
		icon: 'workflows',
		Screen: load(async () => (await import('../workflows/workflows-screen.tsx')).WorkflowsScreen),
	},
	{
		path: 'supervisors',
		title: 'Supervisors',
		icon: 'supervisors',
		Screen: load(async () => (await import('../supervisors/supervisors-screen.tsx')).SupervisorsScreen),
	},
	{
		path: 'tasks',
		title: 'Tasks',
		icon: 'tasks',
		Screen: load(async () => (await import('../tasks/tasks-screen.tsx')).TasksScreen),
	},
	{
		path: 'machines',
		title: 'Machines',
		icon: 'machines',
		Screen: load(async () => (await import('../statechart/machines-screen.tsx')).MachinesScreen),
	},
	{
		path: 'agents',
		title: 'Agent',
		icon: null,
		Screen: load(async () => (await import('../agent/agent-screen.tsx')).AgentScreen),
	},
];

/** Undefined for an address of no screen. */
export function findScreen(segments: readonly string[]): ScreenEntry | undefined {
	return screens.find(({ path }) => path === (segments[0] ?? ''));
}

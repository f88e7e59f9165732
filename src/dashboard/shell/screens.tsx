/**
 * The screens: one line each. The first is loaded when it is shown, and the others behind it, for later the
 * server may be away.
 */

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

const loaders: Array<() => Promise<unknown>> = [];

function load(take: () => Promise<ComponentType<ScreenProps>>): ComponentType<ScreenProps> {
	loaders.push(take);
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
		path: 'groups',
		title: 'Groups',
		icon: 'groups',
		Screen: load(async () => (await import('../groups/groups-screen.tsx')).GroupsScreen),
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

/** Resolves when the code of every screen is here, or cannot be had. */
export async function loadScreens(): Promise<void> {
	await Promise.allSettled(loaders.map((take) => take()));
}

/** Undefined for an address of no screen. */
export function findScreen(segments: readonly string[]): ScreenEntry | undefined {
	return screens.find(({ path }) => path === (segments[0] ?? ''));
}

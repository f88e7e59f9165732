/** `statecraft supervisors …`: agents' long-running missions. */

import { type Command, Option } from 'commander';
import { type AgentNames, agentName, readAgentNames } from './agent-names.ts';
import { refuseStrayArguments } from './arguments.ts';
import { createContext } from './context.ts';
import { paint, paintState } from './paint.ts';
import type { CheckpointResource, RestorationResource, SupervisorResource } from './supervisor-client.ts';
import { type Column, oneLine, renderFacts, renderTable } from './table.ts';
import { formatAge, formatTime } from './times.ts';

const states = [
	...['initializing', 'idle', 'working', 'waiting_for_user', 'waiting_for_tasks'],
	...['blocked', 'completed', 'failed', 'interrupted'],
];

interface ListOptions {
	readonly state?: string;
	readonly agent?: string;
	readonly asking?: boolean;
}

export function registerSupervisors(program: Command): void {
	const supervisors = program
		.command('supervisors')
		.alias('supervisor')
		.description("agents' long-running missions, which survive restarts");
	registerList(supervisors);
	registerShow(supervisors);
	registerCreate(supervisors);
	registerResume(supervisors);
	registerAssign(supervisors);
	registerCheckpoints(supervisors);
	registerFail(supervisors);
	registerDelete(supervisors);
}

function registerList(supervisors: Command): void {
	supervisors
		.command('list', { isDefault: true })
		.allowExcessArguments(true)
		.alias('ls')
		.description('all supervisors, one a line, newest first')
		.addOption(new Option('--state <state>', 'only those in this state').choices(states))
		.option('--agent <agent>', 'only those of this agent')
		.option('--asking', 'only those that ask a person something')
		.action(async ({ state, agent, asking }: ListOptions, command: Command) => {
			refuseStrayArguments(command);
			const { api, print } = createContext(command);
			const listing = await api.supervisors({
				...(state !== undefined && { state }),
				...(agent !== undefined && { agentId: agent }),
				...(asking === true && { hasPendingQuestions: 'true' }),
			});
			const names = await readAgentNames(api);
			print.result(listing, () => renderSupervisors(listing.items, names));
		});
}

function registerShow(supervisors: Command): void {
	supervisors
		.command('show <supervisor>')
		.description('everything about one supervisor')
		.action(async (id: string, _options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			const supervisor = await api.supervisor(id);
			const names = await readAgentNames(api);
			print.result(supervisor, () => renderSupervisor(supervisor, names));
		});
}

function registerCreate(supervisors: Command): void {
	supervisors
		.command('create <agent> <mission...>')
		.description('give an agent a mission; it carries out one at a time')
		.action(async (agent: string, mission: string[], _options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			const supervisor = await api.createSupervisor({ agent, mission: mission.join(' ') });
			const names = await readAgentNames(api);
			print.result(supervisor, () => renderSupervisor(supervisor, names));
		});
}

function registerResume(supervisors: Command): void {
	supervisors
		.command('resume <supervisor>')
		.description('restore one from what is stored, and tell its agent; one that is stopped is started')
		.option('--reason <text>', 'why; kept in the audit')
		.action(async (id: string, { reason }: { reason?: string }, command: Command) => {
			const { api, print } = createContext(command);
			const restoration = await api.resumeSupervisor(id, reason);
			print.result(restoration, () => renderRestoration(restoration));
		});
}

function registerAssign(supervisors: Command): void {
	supervisors
		.command('assign <supervisor> <agent>')
		.description('give the mission to another agent, which takes it up where it stands')
		.action(async (id: string, agent: string, _options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			const restoration = await api.assignSupervisor(id, agent);
			print.result(restoration, () => renderRestoration(restoration));
		});
}

function registerCheckpoints(supervisors: Command): void {
	supervisors
		.command('checkpoints <supervisor>')
		.description('its last save points, newest first')
		.action(async (id: string, _options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			const listing = await api.checkpoints(id);
			print.result(listing, () => renderTable(listing.items, checkpointColumns, 'no save points'));
		});
}

function registerFail(supervisors: Command): void {
	supervisors
		.command('fail <supervisor> <reason...>')
		.description('give the mission up: its turn is ended, its questions are withdrawn')
		.action(async (id: string, reason: string[], _options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			const supervisor = await api.failSupervisor(id, reason.join(' '));
			const names = await readAgentNames(api);
			print.result(supervisor, () => renderSupervisors([supervisor], names));
		});
}

function registerDelete(supervisors: Command): void {
	supervisors
		.command('delete <supervisor>')
		.alias('rm')
		.description('remove one that has ended; its tasks stay')
		.action(async (id: string, _options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			await api.removeSupervisor(id);
			print.result({ id, deleted: true }, () => `${id} is deleted`);
		});
}

const paintCell = (text: string) => text.replace(text.trim(), paintState(text.trim()));

const checkpointColumns: ReadonlyArray<Column<CheckpointResource>> = [
	{ title: 'SAVED', value: ({ createdAt }) => formatTime(createdAt) },
	{ title: 'REASON', value: ({ reason }) => reason },
	{ title: 'STATE', value: ({ context }) => String(context.state), style: paintCell },
	{ title: 'ID', value: ({ id }) => id },
];

function renderSupervisors(supervisors: readonly SupervisorResource[], names: AgentNames): string {
	const columns: ReadonlyArray<Column<SupervisorResource>> = [
		{ title: 'ID', value: ({ id }) => id },
		{ title: 'STATE', value: ({ state }) => state, style: paintCell },
		{ title: 'PROGRESS', value: ({ progress }) => `${progress} %` },
		{ title: 'ASKS', value: ({ pendingQuestions }) => pendingQuestions.length },
		{ title: 'AGENT', value: ({ agentId }) => agentName(agentId, names) },
		{ title: 'AGE', value: ({ createdAt }) => formatAge(createdAt) },
		{ title: 'DOES', value: ({ currentActivity, mission }) => oneLine(currentActivity ?? mission, 60) },
	];
	return renderTable(
		supervisors,
		columns,
		'no supervisors: make one with `statecraft supervisors create <agent> <mission>`',
	);
}

function renderSupervisor(supervisor: SupervisorResource, names: AgentNames): string {
	const { pendingQuestions, spawnedTaskIds, restorationCount, lastRestoredAt, restorationSource } = supervisor;
	const restored = lastRestoredAt === null ? '' : `, last ${formatTime(lastRestoredAt)} (${restorationSource})`;
	return renderFacts([
		['id', paint.bold(supervisor.id)],
		['state', paintState(supervisor.state)],
		['agent', agentName(supervisor.agentId, names)],
		['mission', oneLine(supervisor.mission, 400)],
		['does', supervisor.currentActivity === null ? null : oneLine(supervisor.currentActivity, 200)],
		['progress', `${supervisor.progress} %`],
		['error', supervisor.errorMessage === null ? null : paint.error(oneLine(supervisor.errorMessage, 400))],
		...pendingQuestions.map(({ id, question }) => ['asks', `${oneLine(question, 200)} (${id})`] as const),
		['tasks', spawnedTaskIds.join(', ') || null],
		['restored', `${restorationCount === 1 ? 'once' : `${restorationCount} times`}${restored}`],
		['created', formatTime(supervisor.createdAt)],
		['version', supervisor.version],
	]);
}

function renderRestoration(restoration: RestorationResource): string {
	const { validation, questionsRedelivered, tasksAwaited, tasksFinished } = restoration;
	return renderFacts([
		['restoration', `${restoration.restorationCount} (${restoration.source})`],
		['recovery', restoration.recovery],
		...validation.problems.map(({ message }) => ['problem', paint.warn(message)] as const),
		['asks again', questionsRedelivered.join(', ') || null],
		['waits for', tasksAwaited.join(', ') || null],
		['finished', tasksFinished.join(', ') || null],
	]);
}

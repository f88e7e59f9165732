/** `statecraft tasks …`: pieces of work on branches of their own, from the first prompt to the merge. */

import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { readAgentNames } from './agent-names.ts';
import { collectTexts, parseInteger, refuseStrayArguments } from './arguments.ts';
import { createContext } from './context.ts';
import { readText } from './item-options.ts';
import type { TaskBody, TaskCommands } from './task-client.ts';
import { renderOutcome, renderTask, renderTaskDiff, renderTasks } from './task-views.ts';

type Gate = NonNullable<TaskBody['gates']>[number];

interface CreateOptions {
	readonly repository: string;
	readonly agent?: string;
	readonly base?: string;
	readonly branch?: string;
	readonly dependsOn?: readonly string[];
	readonly priority?: number;
	readonly gate?: readonly Gate[];
}

interface ListOptions {
	readonly state?: string;
	readonly agent?: string;
	readonly supervisor?: string;
}

export function registerTasks(program: Command): void {
	const tasks = program.command('tasks').alias('task').description('pieces of work, each on a branch of its own');
	registerList(tasks);
	registerShow(tasks);
	registerCreate(tasks);
	registerDiff(tasks);
	registerCommand(tasks, 'submit', 'have a task checked and reviewed that no agent is at work on');
	registerCommand(tasks, 'approve', 'agree to a task that is in review');
	registerRequestChanges(tasks);
	registerCommand(tasks, 'merge', 'merge an approved task into its base branch');
	registerCommand(tasks, 'retry', 'begin a task again that has failed');
	registerAssign(tasks);
	registerCommand(tasks, 'cancel', 'give a task up, end its turn, and remove worktree and branch');
	registerCommand(tasks, 'clean-up', 'remove worktree and branch of a task that has ended');
	registerFail(tasks);
}

function registerList(tasks: Command): void {
	tasks
		.command('list', { isDefault: true })
		.allowExcessArguments(true)
		.alias('ls')
		.description('all tasks, the highest priority first')
		.option('--state <state>', 'only those in this state')
		.option('--agent <agent>', 'only those of this agent')
		.option('--supervisor <supervisor>', 'only those of this mission')
		.action(async ({ state, agent, supervisor }: ListOptions, command: Command) => {
			refuseStrayArguments(command);
			const { api, print } = createContext(command);
			const listing = await api.tasks({ state, agentId: agent, supervisorId: supervisor });
			const names = await readAgentNames(api);
			print.result(listing, () => renderTasks(listing.items, names));
		});
}

function registerShow(tasks: Command): void {
	tasks
		.command('show <task>')
		.description('everything about one task')
		.action(async (id: string, _options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			const task = await api.task(id);
			const names = await readAgentNames(api);
			print.result(task, () => renderTask(task, names));
		});
}

function registerCreate(tasks: Command): void {
	tasks
		.command('create <description>')
		.description('make a task; - reads its description from stdin')
		.option('--repository <path>', 'git repository on the host of the server', '.')
		.option('--agent <agent>', 'who does it; without one it waits to be assigned')
		.option('--base <branch>', 'what it branches off and is merged into; the current branch by default')
		.option('--branch <branch>', 'its own branch; made up by default')
		.option('--depends-on <task>', 'a task that must be completed first; may be repeated', collectTexts)
		.option('--priority <n>', 'the highest goes first', parseInteger)
		.option('--gate <name=command>', 'a command that must pass, split at spaces; may be repeated', collectGates)
		.action(async (text: string, options: CreateOptions, command: Command) => {
			const { api, print } = createContext(command);
			const task = await api.createTask(toBody(text === '-' ? readText('-') : text, options));
			print.result(task, () => `${renderOutcome(task)} in ${task.worktree}`);
		});
}

function toBody(description: string, options: CreateOptions): TaskBody {
	const { repository, agent, base, branch, dependsOn, priority, gate } = options;
	return {
		description,
		repository: resolve(repository),
		...(agent !== undefined && { agent }),
		...(base !== undefined && { baseBranch: base }),
		...(branch !== undefined && { branch }),
		...(dependsOn && { dependsOn: [...dependsOn] }),
		...(priority !== undefined && { priority }),
		...(gate && { gates: [...gate] }),
	};
}

function collectGates(text: string, previous: readonly Gate[] = []): readonly Gate[] {
	const [, name, line = ''] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
	const [command, ...args] = line.split(/\s+/).filter((word) => word !== '');
	if (name === undefined || command === undefined) throw new InvalidArgumentError('Expected the form name=command.');
	return [...previous, { name, command, args }];
}

function registerDiff(tasks: Command): void {
	tasks
		.command('diff <task>')
		.description('what a task changes')
		.action(async (id: string, _options: unknown, command: Command) => {
			const { api, print } = createContext(command);
			const diff = await api.taskDiff(id);
			print.result(diff, () => renderTaskDiff(diff));
		});
}

/** Commands that take nothing but a reason. */
type PlainCommand = 'submit' | 'approve' | 'merge' | 'retry' | 'cancel' | 'clean-up';

function registerCommand(tasks: Command, name: PlainCommand, description: string): void {
	tasks
		.command(`${name} <task>`)
		.description(description)
		.option('--reason <text>', 'why; kept in the journal')
		.action(async (id: string, { reason }: { readonly reason?: string }, command: Command) =>
			carryOut(command, id, name, reason === undefined ? {} : { reason }),
		);
}

function registerRequestChanges(tasks: Command): void {
	tasks
		.command('request-changes <task> <comment>')
		.description('have a task worked on again; the comment reaches its agent')
		.action((id: string, comment: string, _options: unknown, command: Command) =>
			carryOut(command, id, 'request-changes', { comment }),
		);
}

function registerAssign(tasks: Command): void {
	tasks
		.command('assign <task> <agent>')
		.description('give a task to this agent; the one before is taken off it')
		.action((id: string, agent: string, _options: unknown, command: Command) =>
			carryOut(command, id, 'assign', { agent }),
		);
}

function registerFail(tasks: Command): void {
	tasks
		.command('fail <task> <reason>')
		.description('give a task up; worktree and branch stay')
		.action((id: string, reason: string, _options: unknown, command: Command) =>
			carryOut(command, id, 'fail', { reason }),
		);
}

async function carryOut<C extends keyof TaskCommands>(
	command: Command,
	id: string,
	name: C,
	body: TaskCommands[C],
): Promise<void> {
	const { api, print } = createContext(command);
	const task = await api.commandTask(id, name, body);
	print.result(task, () => renderOutcome(task));
}

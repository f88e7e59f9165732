/** The whole story as a person lives it: every step a command that they type, in a repository of their own. */

import { expect, onTestFinished, test } from 'vitest';
import { agentState } from '../../src/cli/agent-views.ts';
import type { AuditResource } from '../../src/cli/audit-client.ts';
import type { AgentResource, EventResource, ListingResource, RequestResource } from '../../src/cli/resources.ts';
import type { SupervisorResource } from '../../src/cli/supervisor-client.ts';
import type { TaskResource } from '../../src/cli/task-client.ts';
import { type CliResult, createCliWorld } from '../cli/cli-process.ts';
import { createGitRepository, type GitRepository } from '../support/git-repository.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const timeout = 240_000;

/** A person at a terminal. */
interface Person {
	/** What a command prints that does what it should. */
	types(...args: readonly string[]): Promise<string>;
	/** What a command says that is refused. */
	isRefused(...args: readonly string[]): Promise<string>;
	reads<T>(...args: readonly string[]): Promise<T>;
	lists<T>(...args: readonly string[]): Promise<readonly T[]>;
	/** Types the command again, as things happen, until it shows what is awaited. */
	sees<T>(what: string, args: readonly string[], fits: (shown: T) => boolean): Promise<T>;
	/** The open request of this agent. */
	isAsked(agent: string): Promise<RequestResource>;
	/** All that the agent has said with these words in it; a demo agent repeats what it is told and does not know. */
	hears(agent: string, words: string): Promise<readonly string[]>;
}

function sitDown({ url, token, sessionDirectory, events }: ServerProcess): Person {
	const environment = { STATECRAFT_URL: url, STATECRAFT_TOKEN: token, STATECRAFT_DEMO_DIR: sessionDirectory };
	const cli = createCliWorld(environment);
	onTestFinished(() => cli.close());
	async function enter(args: readonly string[]): Promise<CliResult> {
		const result = await cli.run(args);
		expect([result.code, result.stderr], args.join(' ')).toEqual([0, '']);
		return result;
	}
	const reads = async <T>(...args: readonly string[]) => (await enter([...args, '--json'])).json<T>();
	const lists = async <T>(...args: readonly string[]) => (await reads<ListingResource<T>>(...args)).items;
	return {
		types: async (...args) => (await enter(args)).stdout,
		async isRefused(...args) {
			const { code, stdout, stderr } = await cli.run(args);
			expect([code, stdout], args.join(' ')).toEqual([expect.toBeOneOf([1, 2, 3]), '']);
			return stderr;
		},
		reads,
		lists,
		sees: <T>(what: string, args: readonly string[], fits: (shown: T) => boolean) =>
			events.until(what, async () => {
				const shown = await reads<T>(...args);
				return fits(shown) ? shown : undefined;
			}),
		isAsked: (agent) =>
			events.until(`${agent} asks`, async () => (await lists<RequestResource>('requests', '--agent', agent))[0]),
		hears: (agent, words) =>
			events.until(`${agent} says ${words}`, async () => {
				const events = (await enter(['logs', agent, '--json'])).lines() as unknown as readonly EventResource[];
				const said = events
					.filter(({ topic }) => topic === 'agent.output.message')
					.map(({ data }) => String((data as { readonly text?: unknown }).text))
					.filter((text) => text.includes(words));
				return said.length > 0 ? said : undefined;
			}),
	};
}

const question = { question: 'Which greeting comes first?', choices: ['the polite one', 'the world'] };
const polite = 'Greet politely';
const world = 'Greet the world';

/** The work itself is a person's: an agent that asks permission leaves the time for it. */
function missionIn(repository: string): string {
	const spawn = (description: string, agent: string) =>
		`call spawn_task ${JSON.stringify({ description: `permission ${description}`, agent, repository })}`;
	return [
		spawn(polite, 'ada'),
		spawn(world, 'bob'),
		'call wait_for_tasks',
		`call ask_human ${JSON.stringify(question)}`,
	].join('\n');
}

/** Rebases the branch onto the base and puts this in the place of both sides. */
function resolve({ git, write }: GitRepository, worktree: string, content: string): void {
	expect(() => git(['rebase', 'main'], worktree)).toThrow('could not apply');
	write({ 'greeting.txt': content }, worktree);
	git(['add', 'greeting.txt'], worktree);
	git(['-c', 'core.editor=true', 'rebase', '--continue'], worktree);
}

test('a person can drive the whole story from the CLI: a supervisor spawns two tasks, asks a question, the server is killed, and after the restart the question is there, the answer reaches the agent, one task conflicts and is resolved, both are reviewed and merged', {
	timeout,
}, async () => {
	const server = await startServerProcess();
	const repository = createGitRepository({ 'greeting.txt': 'Hello\n' });
	const { types, isRefused, reads, lists, sees, isAsked, hears } = sitDown(server);

	// A supervisor and two workers; it spawns a task for each, and asks.
	for (const name of ['lead', 'ada', 'bob']) await types('agents', 'create', name, '--driver', 'demo');
	const { id } = await reads<SupervisorResource>('supervisors', 'create', 'lead', missionIn(repository.path));
	const supervisorIs = (state: string) =>
		sees<SupervisorResource>(`it is ${state}`, ['supervisors', 'show', id], (shown) => shown.state === state);
	const taskIs = (task: string, state: string) =>
		sees<TaskResource>(`${task} is ${state}`, ['tasks', 'show', task], (shown) => shown.state === state);
	/** The agent has the task's prompt, and asks a person from within that turn. */
	const asksOf = async (agent: string, task: string, generation: number) => {
		const isAsking = (shown: AgentResource) =>
			shown.generation === generation && agentState(shown) === 'busy.awaitingInput';
		await sees<AgentResource>(`${agent} asks`, ['agents', 'show', agent], isAsking);
		await sees<TaskResource>(`${task} is at work`, ['tasks', 'show', task], ({ activity }) => activity === 'following');
		return isAsked(agent);
	};
	const { spawnedTaskIds } = await supervisorIs('waiting_for_user');
	expect(spawnedTaskIds).toHaveLength(2);
	const tasks = await lists<TaskResource>('tasks', '--supervisor', id);
	const [first, second] = [polite, world].map((words) => tasks.find(({ description }) => description.endsWith(words)));
	if (first === undefined || second === undefined) throw new Error('Not what was spawned');
	const asked = await isAsked('lead');
	expect(await types('supervisors')).toMatch(new RegExp(`${id} +waiting_for_user +0 % +1 +lead `));
	expect(await types('requests')).toMatch(
		/lead +question +agent +open .*Which greeting .* the polite one \| the world/,
	);
	await asksOf('ada', first.id, 1);
	await asksOf('bob', second.id, 1);

	// The server is killed; all of it is there again.
	await server.crash();
	expect(await isRefused('requests')).toContain('is not running at');
	await server.boot();
	const restored = await sees<SupervisorResource>('it is restored', ['supervisors', 'show', id], (shown) => {
		return shown.restorationCount === 1 && shown.state === 'waiting_for_user';
	});
	expect(restored.pendingQuestions).toMatchObject([{ id: asked.id, question: question.question }]);
	expect(await isAsked('lead')).toMatchObject({ id: asked.id, status: 'open' });

	// The answer reaches the agent, once.
	expect(await isRefused('answer', asked.id, '--allow')).toContain('choose one with --option');
	expect(await types('answer', asked.id, '--option', 'the polite one')).toContain('is answered: the polite one');
	expect(await isRefused('answer', asked.id, '--option', 'the world')).toContain('is answered already');
	await supervisorIs('waiting_for_tasks');
	await hears('lead', 'Answer: the polite one');

	// Both change the same line; the first is reviewed and merged.
	const [askedByAda, askedByBob] = [await asksOf('ada', first.id, 2), await asksOf('bob', second.id, 2)];
	repository.commit({ 'greeting.txt': 'Good morning\n' }, first.worktree);
	repository.commit({ 'greeting.txt': 'Hello, world\n' }, second.worktree);
	expect(await isRefused('tasks', 'submit', first.id)).toContain('submits it by ending its turn');
	await types('answer', askedByAda.id, '--allow');
	await taskIs(first.id, 'in_review');
	expect(await isRefused('tasks', 'merge', first.id)).toContain('approve it');
	expect(await types('tasks', 'diff', first.id)).toContain('-Hello\n+Good morning\n');
	expect(await types('tasks', 'approve', first.id)).toBe(`${first.id} is approved\n`);
	expect(await types('tasks', 'merge', first.id)).toMatch(new RegExp(`^${first.id} is completed by [0-9a-f]{12}\n$`));
	expect(repository.file('greeting.txt')).toBe('Good morning\n');

	// The second does not fit any more: a person takes it in hand, and submits it again.
	await types('answer', askedByBob.id, '--allow');
	expect(await taskIs(second.id, 'conflicted')).toMatchObject({ conflicts: ['greeting.txt'] });
	expect(await types('tasks')).toMatch(new RegExp(`${second.id} +conflicted.* in conflict: greeting\\.txt`));
	await asksOf('bob', second.id, 2);
	expect(await isRefused('tasks', 'submit', second.id)).toContain('cancel that turn');
	await types('agents', 'cancel', 'bob');
	await sees<TaskResource>(
		'nobody is at work on it',
		['tasks', 'show', second.id],
		({ activity }) => activity === 'waiting',
	);
	resolve(repository, second.worktree, 'Good morning, world\n');
	await types('tasks', 'submit', second.id);
	await taskIs(second.id, 'in_review');
	expect(await types('tasks', 'diff', second.id)).toContain('-Good morning\n+Good morning, world\n');
	await types('tasks', 'approve', second.id);
	expect(await types('tasks', 'merge', second.id)).toContain('is completed by');

	// What is merged is in the person's own files, as two commits on the first.
	expect(repository.file('greeting.txt')).toBe('Good morning, world\n');
	expect(repository.git(['rev-list', '--count', '--no-merges', 'main']).trim()).toBe('3');
	expect(repository.git(['rev-list', '--count', '--merges', 'main']).trim()).toBe('0');
	expect(repository.git(['status', '--porcelain'])).toBe('');

	// The supervisor learns of both, and is done.
	const [ended] = await hears('lead', 'The tasks that you waited for have ended');
	for (const task of [first.id, second.id]) expect(ended).toContain(`${task}: completed`);
	await types('prompt', 'lead', 'call complete {"summary":"both greet"}', '--wait');
	expect(await supervisorIs('completed')).toMatchObject({ progress: 100, restorationCount: 1 });
	expect(await hears('lead', 'Answer: the polite one')).toHaveLength(1);
	for (const task of [first.id, second.id]) await types('tasks', 'clean-up', task);
	expect(repository.branches()).toEqual(['main']);
	expect(repository.worktrees()).toEqual([]);

	// Who decided what is known.
	const deeds = await reads<AuditResource[]>('audit', '--action', 'task.');
	const decided = deeds.map(({ action, subject }) => [action, subject]);
	for (const task of [first.id, second.id])
		for (const action of ['task.approve', 'task.merge']) expect(decided).toContainEqual([action, task]);
	expect(await types('audit', '--action', 'request.answer')).toMatch(
		new RegExp(`admin +request.answer +lead +${asked.id}`),
	);
	expect(await types('audit', '--agent', 'lead')).toMatch(new RegExp(`admin +supervisor.create +lead +${id}`));
});

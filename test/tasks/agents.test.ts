/** Tasks and their agents, with the whole server: who works on what, and what becomes of it when they go away. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createGitRepository } from '../support/git-repository.ts';
import { createTaskDesk } from '../support/task-desk.ts';
import { startWholeServer, type WholeServerOptions } from '../support/whole-server.ts';

async function openDesk(options?: WholeServerOptions) {
	const server = await startWholeServer(options);
	return { ...server, desk: createTaskDesk(server) };
}

/** Its turn lasts until it is answered. */
const description = 'ask shall I go on?';
const yes = { answer: { answer: 'yes' } };

describe('[TA14] a task', () => {
	test('waits for its agent to be there, and is done at once when it is', async () => {
		const { desk, create, api } = await openDesk();
		const repository = createGitRepository();
		const agent = await create('worker', { autoStart: false });
		const { id } = await desk.create({ description: 'say done', repository: repository.path, agent: agent.id });
		expect((await desk.task(id)).state).toBe('assigned');
		await api.command(agent.id, 'start', {});
		await desk.became(id, 'in_review');
		expect(desk.statesOf(id)).toEqual(['assigned', 'working', 'in_review']);
	});

	test('given to its agent together with others is one of them, and then it is the next', async () => {
		const { desk, hire, events } = await openDesk();
		const repository = createGitRepository();
		await hire('worker');
		const body = { description: 'say done', repository: repository.path, agent: 'worker' };
		const made = await Promise.all([1, 2, 3].map(() => desk.create(body)));
		for (const { id } of made) await desk.became(id, 'in_review');
		// Never is one begun while another is under way.
		const moves = events.ofTopic('task.state.changed').map(({ data }) => (data as { readonly to: string }).to);
		const turns = moves.filter((to) => to !== 'assigned');
		expect(turns).toEqual(['working', 'in_review', 'working', 'in_review', 'working', 'in_review']);
	});

	test('without an agent waits to be assigned', async () => {
		const { desk, hire } = await openDesk();
		const repository = createGitRepository();
		const { id } = await desk.create({ description: 'say done', repository: repository.path });
		const agent = await hire('worker');
		expect((await desk.task(id)).agentId).toBeNull();
		await desk.ask(id, 'assign', { agent: 'worker' });
		expect(await desk.became(id, 'in_review')).toMatchObject({ agentId: agent.id });
	});
});

describe('[TA7] reassigned', () => {
	test('a task is taken from one agent before the other gets it, and its worktree stays', async () => {
		const { desk, hire, request, settled, api } = await openDesk();
		const repository = createGitRepository();
		const first = await hire('first');
		const second = await hire('second');
		const { id, worktree } = await desk.create({ description, repository: repository.path, agent: 'first' });
		await request(first.id);
		const { promptId } = await desk.became(id, 'working.following');
		repository.commit({ 'half.txt': 'half\n' }, worktree);
		await desk.ask(id, 'assign', { agent: 'second' });
		expect((await settled(promptId ?? '')).status).toBe('cancelled');
		expect(await desk.prompt(id, second.id, 2)).toMatch(/You take over a task[\s\S]*git log main\.\./);
		expect(existsSync(join(worktree, 'half.txt'))).toBe(true);
		await api.answer((await request(second.id)).id, yes);
		expect(await desk.became(id, 'in_review')).toMatchObject({ agentId: second.id });
	});
});

describe('[TA16] a turn that somebody cancelled', () => {
	test('leaves the task to whoever submits it', async () => {
		const { desk, hire, post, request } = await openDesk();
		const repository = createGitRepository();
		const agent = await hire('worker');
		const { id } = await desk.create({ description, repository: repository.path, agent: 'worker' });
		await request(agent.id);
		const { promptId } = await desk.became(id, 'working.following');
		await post(`/prompts/${promptId}/cancel`, {});
		await desk.became(id, 'working.waiting');
		await desk.ask(id, 'submit');
		await desk.became(id, 'in_review');
	});
});

describe('[TA15] an agent that goes away in mid-turn', () => {
	test('is told again when it is back', async () => {
		const { desk, hire, request, api, reached } = await openDesk();
		const repository = createGitRepository();
		const agent = await hire('worker');
		const { id } = await desk.create({ description, repository: repository.path, agent: 'worker' });
		await request(agent.id);
		await desk.became(id, 'working.following');
		await api.command(agent.id, 'stop', {});
		await reached(agent.id, 'stopped');
		expect((await desk.became(id, 'working.backingOff')).error).not.toBeNull();
		await api.command(agent.id, 'start', {});
		await desk.became(id, 'working.following');
		const { promptId, attempt } = await desk.task(id);
		expect([(await api.prompt(promptId ?? '')).text.includes('was cut short'), attempt]).toEqual([true, 2]);
		await api.answer((await request(agent.id)).id, yes);
		expect(await desk.became(id, 'in_review')).toMatchObject({ error: null });
	});
});

describe('[TA13] a task that is cancelled', () => {
	test('has its turn ended, and leaves nothing behind; retried, it gets what it misses again', async () => {
		const { desk, hire, request, settled, api } = await openDesk();
		const repository = createGitRepository();
		const agent = await hire('worker');
		const { id, branch, worktree } = await desk.create({ description, repository: repository.path, agent: 'worker' });
		await request(agent.id);
		const { promptId } = await desk.became(id, 'working.following');
		repository.write({ 'half.txt': 'half\n' }, worktree);
		await desk.ask(id, 'cancel', { reason: 'not needed' });
		expect((await settled(promptId ?? '')).status).toBe('cancelled');
		expect(await desk.became(id, 'failed.cleaned')).toMatchObject({
			error: { code: 'task_failed', message: 'not needed' },
		});
		expect([repository.branches(), repository.worktrees(), existsSync(worktree)]).toEqual([['main'], [], false]);

		await desk.ask(id, 'retry');
		await desk.became(id, 'working.following');
		expect([repository.branches(), repository.worktrees()]).toEqual([['main', branch], [worktree]]);
		await api.answer((await request(agent.id)).id, yes);
		await desk.became(id, 'in_review');
	});
});

describe('[TA19] gates that never pass', () => {
	test('send the agent on five times, then the task has failed', async () => {
		const { desk, hire, request: _, ...rest } = await openDesk();
		const repository = createGitRepository();
		const agent = await hire('worker');
		const gates = [{ name: 'never', command: 'false' }];
		const { id } = await desk.create({ description: 'say done', repository: repository.path, agent: 'worker', gates });
		const failed = await desk.became(id, 'failed');
		expect(failed).toMatchObject({ rounds: 5, error: { code: 'gate_failed' }, gateResults: [{ passed: false }] });
		expect(failed.error?.message).toContain('never');
		expect(await desk.prompt(id, agent.id, 6)).toContain('never ended with exit code 1');
		expect(rest.events.ofTopic('prompt.finished')).toHaveLength(6);
	});
});

describe('[TA28] a server that goes down', () => {
	test('while gates run has them run again', async () => {
		const first = await openDesk();
		const repository = createGitRepository();
		await first.hire('worker');
		const gates = [{ name: 'slow', command: 'sh', args: ['-c', 'while [ ! -f go ]; do sleep 0.02; done'] }];
		const body = { description: 'say done', repository: repository.path, agent: 'worker', gates };
		const { id, worktree } = await first.desk.create(body);
		await first.desk.became(id, 'working.checking');
		await first.shutDown();
		const second = await openDesk({ directory: first.directory });
		expect(await second.desk.task(id)).toMatchObject({ state: 'working', activity: 'checking' });
		repository.write({ go: '' }, worktree);
		await second.desk.became(id, 'in_review');
	});

	test('while its agent works has it told again', async () => {
		const first = await openDesk();
		const repository = createGitRepository();
		const agent = await first.hire('worker');
		const { id } = await first.desk.create({ description, repository: repository.path, agent: 'worker' });
		await first.request(agent.id);
		await first.desk.became(id, 'working.following');
		await first.shutDown();
		const second = await openDesk({ directory: first.directory });
		await second.api.command(agent.id, 'start', {}).catch(() => undefined);
		expect(await second.desk.prompt(id, agent.id, 2)).toContain('was cut short');
		await second.api.answer((await second.request(agent.id)).id, yes);
		await second.desk.became(id, 'in_review');
	});
});

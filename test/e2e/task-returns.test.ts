/** Tasks go on after `kill -9` of a real server, wherever it hit them; nothing of theirs runs twice. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readProcessStart } from '../../src/agents/drivers/process-table.ts';
import { createGitRepository } from '../support/git-repository.ts';
import { startServerProcess } from '../support/server-process.ts';
import { createTaskDesk } from '../support/task-desk.ts';

const timeout = 120_000;
const yes = { answer: { answer: 'yes' } };

/** Tells who it is, and waits for a file to pass. */
const gate = {
	name: 'patient',
	command: 'sh',
	args: ['-c', 'echo $$ >> .git-pids; while [ ! -f go ]; do sleep 0.02; done'],
};

test('[TA28] a server killed in mid-turn, in mid-gate and before the merge brings its task to the end', {
	timeout,
}, async () => {
	const server = await startServerProcess();
	const desk = createTaskDesk(server);
	const repository = createGitRepository({ 'a.txt': 'one\n', '.gitignore': '.git-pids\n' });
	const agent = await server.hire('worker');
	const body = { description: 'ask shall I go on?', repository: repository.path, agent: 'worker', gates: [gate] };
	const { id, branch, worktree } = await desk.create(body);
	await server.request(agent.id);
	await desk.became(id, 'working.following');
	repository.write({ 'b.txt': 'two\n' }, worktree);

	await server.crash();
	await server.boot();
	// The turn was cut short: the agent is told again, and what it had done is there.
	expect(await desk.prompt(id, agent.id, 2)).toContain('was cut short');
	let isChecking = false;
	const checking = desk.became(id, 'working.checking').then(() => {
		isChecking = true;
	});
	// What was asked before the crash may be withdrawn just when it is answered; what is asked then is answered, too.
	await server.events.until('the gates are asked', async () => {
		const { items } = await server.api.requests({ status: 'open', agentId: agent.id });
		await Promise.all(items.map((request) => server.api.answer(request.id, yes).catch(() => {})));
		return isChecking || undefined;
	});
	await checking;
	const pids = () => readFileSync(join(worktree, '.git-pids'), 'utf8').trim().split('\n').map(Number);
	await server.events.until('the gate runs', () => {
		try {
			return pids();
		} catch {
			return undefined;
		}
	});

	await server.crash();
	await server.boot();
	await server.events.until('the gate runs again', () => pids()[1]);
	const [first = 0] = pids();
	// The gate that outlived the server was ended before its successor began.
	expect(await readProcessStart(first)).toBeNull();
	repository.write({ go: '' }, worktree);
	await desk.became(id, 'in_review');

	await desk.ask(id, 'approve');
	await server.crash();
	await server.boot();
	expect(await desk.ask(id, 'merge')).toMatchObject({ state: 'completed' });
	expect(repository.file('b.txt')).toBe('two\n');
	expect(repository.git(['log', '--format=%s', 'main']).trim().split('\n')).toHaveLength(2);
	await desk.ask(id, 'clean-up');
	expect([repository.branches(), repository.worktrees()]).toEqual([['main'], []]);
	// The log of events comes back after a restart in its own time.
	await server.events.until('the last state is told', () => desk.statesOf(id).at(-1) === 'completed' || undefined);
	expect(desk.statesOf(id)).toEqual(['assigned', 'working', 'in_review', 'approved', 'completed']);
	expect(branch).toMatch(/^statecraft\/ask-shall-i-go-on-/);
});

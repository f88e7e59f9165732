/** The life of a task from its making to its merge, with the whole server, demo agents and real git. */

import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createGitRepository } from '../support/git-repository.ts';
import { refusalOf } from '../support/operator.ts';
import { createTaskDesk } from '../support/task-desk.ts';
import { startWholeServer } from '../support/whole-server.ts';

async function openDesk() {
	const server = await startWholeServer();
	const repository = createGitRepository();
	return { ...server, repository, desk: createTaskDesk(server) };
}

/** Its turn lasts until it is answered: meanwhile the test does its work. */
const description = 'ask shall I go on?';

describe('a task', () => {
	test('is prompted, worked on, checked, reviewed, changed, approved, merged and cleaned up', async () => {
		const { desk, hire, request, api, repository } = await openDesk();
		const agent = await hire('worker');
		const gate = { name: 'built', command: 'test', args: ['-f', 'b.txt'] };
		const body = { description, repository: repository.path, agent: 'worker', gates: [gate] };
		const { id, branch, worktree } = await desk.create(body);
		expect([repository.branches(), repository.worktrees()]).toEqual([[branch, 'main'].sort(), [worktree]]);

		// It ends its turn without having done anything: its gate sends it on.
		await desk.became(id, 'working.following');
		expect(await desk.prompt(id, agent.id, 1)).toContain(`Worktree: ${worktree}\nBranch: ${branch}\nBase branch: main`);
		await api.answer((await request(agent.id)).id, { answer: { answer: 'yes' } });
		expect(await desk.prompt(id, agent.id, 2)).toContain('built ended with exit code 1');
		// What it leaves uncommitted is committed.
		repository.write({ 'b.txt': 'two\n' }, worktree);
		await api.answer((await request(agent.id)).id, { answer: { answer: 'yes' } });
		const reviewed = await desk.became(id, 'in_review');
		expect(reviewed).toMatchObject({ gateResults: [{ name: 'built', passed: true, exitCode: 0 }], rounds: 1 });
		expect(repository.git(['log', '-1', '--format=%B', branch])).toContain(`${description}\n\nStatecraft-Task: ${id}`);
		const diff = await api.http.request<{ files: unknown[]; patch: string }>('GET', `/tasks/${id}/diff`);
		expect(diff).toMatchObject({ files: [{ path: 'b.txt', added: 1, removed: 0 }], truncated: false });
		expect(diff.patch).toContain('+two');

		await desk.ask(id, 'request-changes', { comment: 'Say three instead.' });
		expect(await desk.prompt(id, agent.id, 3)).toContain('What the reviewer said:\nSay three instead.');
		repository.commit({ 'b.txt': 'three\n' }, worktree);
		await api.answer((await request(agent.id)).id, { answer: { answer: 'yes' } });
		await desk.became(id, 'in_review');
		await desk.ask(id, 'approve');
		const merged = await desk.ask(id, 'merge');
		expect(merged).toMatchObject({ state: 'completed', error: null });
		expect(merged.mergeCommit).toBe(repository.git(['rev-parse', 'main']).trim());
		expect(repository.file('b.txt')).toBe('three\n');
		// The base branch is checked out: its files have moved with it.
		expect(repository.git(['status', '--porcelain'])).toBe('');

		expect(await desk.ask(id, 'clean-up')).toMatchObject({ state: 'completed', activity: 'cleaned' });
		expect([repository.branches(), repository.worktrees(), existsSync(worktree)]).toEqual([['main'], [], false]);
		expect(desk.statesOf(id)).toEqual([
			...['assigned', 'working', 'in_review', 'working', 'in_review', 'approved', 'completed'],
		]);
	});

	test('in conflict names the files, has its agent resolve it, and goes on', async () => {
		const { desk, hire, request, api, repository } = await openDesk();
		const agent = await hire('worker');
		const { id, worktree } = await desk.create({ description, repository: repository.path, agent: 'worker' });
		const question = await request(agent.id);
		repository.commit({ 'a.txt': 'theirs\n', 'c.txt': 'new\n' }, worktree);
		repository.commit({ 'a.txt': 'ours\n' });
		await api.answer(question.id, { answer: { answer: 'yes' } });
		const conflicted = await desk.became(id, 'conflicted');
		expect(conflicted.conflicts).toEqual(['a.txt']);
		expect(await desk.prompt(id, agent.id, 2)).toMatch(/In conflict:\n- a\.txt[\s\S]*git rebase main/);
		// Our rebase was taken back: the worktree is as the agent left it.
		expect(repository.git(['status', '--porcelain=v2', '--branch'], worktree)).not.toMatch(/^[12u?]/m);

		// A rebase that is left open is not done.
		const again = await request(agent.id);
		expect(() => repository.git(['rebase', 'main'], worktree)).toThrow();
		await api.answer(again.id, { answer: { answer: 'yes' } });
		expect(await desk.prompt(id, agent.id, 3)).toContain('finish the rebase or merge that is under way');
		repository.write({ 'a.txt': 'both\n' }, worktree);
		repository.git(['add', '--all'], worktree);
		repository.git(['-c', 'core.editor=true', 'rebase', '--continue'], worktree);
		await api.answer((await request(agent.id)).id, { answer: { answer: 'yes' } });
		expect(await desk.became(id, 'in_review')).toMatchObject({ conflicts: [] });
		await desk.ask(id, 'approve');
		await desk.ask(id, 'merge');
		expect([repository.file('a.txt'), repository.file('c.txt')]).toEqual(['both\n', 'new\n']);
	});

	test('waits for others, and of one agent the highest priority goes first, one at a time', async () => {
		const { desk, hire, request, api, repository } = await openDesk();
		const agent = await hire('worker');
		const body = { description, repository: repository.path };
		const first = await desk.create({ ...body, agent: 'worker' });
		const question = await request(agent.id);
		const low = await desk.create({ ...body, agent: 'worker', priority: -1 });
		const high = await desk.create({ ...body, agent: 'worker', priority: 1, dependsOn: [first.id] });
		await api.answer(question.id, { answer: { answer: 'yes' } });
		await desk.became(first.id, 'in_review');
		// The one with the higher priority still waits for the first to be completed.
		await desk.became(low.id, 'working');
		expect((await desk.task(high.id)).state).toBe('assigned');
		await desk.ask(first.id, 'approve');
		await desk.ask(first.id, 'merge');
		expect((await desk.task(high.id)).state).toBe('assigned');
		await api.answer((await request(agent.id)).id, { answer: { answer: 'yes' } });
		await desk.became(high.id, 'working.following');
		const refusal = await refusalOf(api.removeAgent(agent.id));
		expect(refusal).toMatchObject({ code: 'agent_in_use', actual: [`task ${high.id}`, `task ${low.id}`] });
	});
});

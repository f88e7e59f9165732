/** Merging over the API, whatever has happened to the base branch meanwhile. */

import { describe, expect, test } from 'vitest';
import { createGitRepository } from '../support/git-repository.ts';
import { refusalOf } from '../support/operator.ts';
import { createTaskDesk } from '../support/task-desk.ts';
import { startWholeServer } from '../support/whole-server.ts';

/** A task that was approved, with a file changed on its branch; nobody is prompted unless an agent is named. */
async function openApproved(body: Readonly<Record<string, unknown>> = {}) {
	const server = await startWholeServer();
	const desk = createTaskDesk(server);
	const repository = createGitRepository();
	const { id, worktree } = await desk.create({ description: 'By hand', repository: repository.path, ...body });
	await desk.ask(id, 'transition', { from: 'assigned', to: 'working' });
	repository.commit({ 'a.txt': 'theirs\n' }, worktree);
	await desk.ask(id, 'submit');
	await desk.became(id, 'in_review');
	await desk.ask(id, 'approve');
	return { ...server, desk, repository, id, worktree };
}

describe('a task that was approved', () => {
	test('[TA23] stays so while somebody has uncommitted changes on the base branch', async () => {
		const { desk, repository, id } = await openApproved();
		repository.write({ 'a.txt': 'in the middle of something\n' });
		const refusal = await refusalOf(desk.ask(id, 'merge'));
		expect(refusal).toMatchObject({ status: 409, code: 'checkout_dirty', state: 'approved', actual: ['a.txt'] });
		expect(await desk.task(id)).toMatchObject({
			state: 'approved',
			activity: 'resting',
			error: { code: 'checkout_dirty' },
		});
		repository.git(['stash', '--quiet']);
		expect(await desk.ask(id, 'merge')).toMatchObject({ state: 'completed', error: null });
		repository.git(['stash', 'drop', '--quiet']);
		expect(repository.file('a.txt')).toBe('theirs\n');
	});

	test('[TA22] is rebased and checked again where the base branch has moved on', async () => {
		const gates = [{ name: 'whole', command: 'sh', args: ['-c', 'test -f a.txt && ! test -f broken'] }];
		const { desk, repository, id, events } = await openApproved({ gates });
		repository.commit({ 'c.txt': 'new\n' });
		await desk.ask(id, 'merge');
		await desk.became(id, 'completed');
		expect([repository.file('a.txt'), repository.file('c.txt')]).toEqual(['theirs\n', 'new\n']);
		expect(events.ofTopic('task.state.changed').at(-1)?.data).toMatchObject({ from: 'approved', to: 'completed' });
	});

	test('[TA22] is not merged where what moved does not pass any more', async () => {
		const gates = [{ name: 'whole', command: 'sh', args: ['-c', '! test -f broken'] }];
		const { desk, repository, id } = await openApproved({ gates });
		const base = repository.commit({ broken: '' });
		await desk.ask(id, 'merge');
		expect(await desk.became(id, 'working.waiting')).toMatchObject({ gateResults: [{ name: 'whole', passed: false }] });
		expect(repository.git(['rev-parse', 'main']).trim()).toBe(base);
	});

	test('[TA22] in conflict is worked on again, with the files named', async () => {
		const { desk, repository, id, worktree } = await openApproved();
		repository.commit({ 'a.txt': 'ours\n' });
		const refusal = await refusalOf(desk.ask(id, 'merge', {}, 'once'));
		expect(refusal).toMatchObject({ status: 409, code: 'merge_conflict', state: 'working', actual: ['a.txt'] });
		await desk.ask(id, 'submit');
		expect(await desk.became(id, 'conflicted')).toMatchObject({ conflicts: ['a.txt'], rounds: 1 });
		expect(() => repository.git(['rebase', 'main'], worktree)).toThrow();
		repository.write({ 'a.txt': 'both\n' }, worktree);
		repository.git(['add', '--all'], worktree);
		repository.git(['-c', 'core.editor=true', 'rebase', '--continue'], worktree);
		await desk.ask(id, 'submit');
		await desk.became(id, 'in_review');
		await desk.ask(id, 'approve');
		expect(await desk.ask(id, 'merge')).toMatchObject({ state: 'completed', conflicts: [] });
		expect(repository.file('a.txt')).toBe('both\n');
	});

	test('[TA21] can be sent back with a comment', async () => {
		const { desk, id, hire } = await openApproved();
		const agent = await hire('worker');
		await desk.ask(id, 'request-changes', { comment: 'say three' });
		await desk.became(id, 'working.waiting');
		await desk.ask(id, 'assign', { agent: 'worker' });
		expect(await desk.prompt(id, agent.id, 1)).toContain('say three');
		expect(await desk.became(id, 'in_review')).toMatchObject({ comment: 'say three' });
	});
});

describe('a task in review whose branch moves on', () => {
	interface Diff {
		readonly commit: string;
		readonly ahead: number;
		readonly files: ReadonlyArray<{ readonly path: string }>;
	}

	async function openMovedOn() {
		const world = await openApproved();
		const diff = () => world.api.http.request<Diff>('GET', `/tasks/${world.id}/diff`);
		const seen = await diff();
		world.repository.commit({ 'unseen.txt': 'nobody has seen this\n' }, world.worktree);
		return { ...world, diff, seen };
	}

	test('shows what is reviewed, and says that there is more', async () => {
		const { diff, seen, repository, worktree } = await openMovedOn();
		expect(seen).toMatchObject({ ahead: 0, files: [{ path: 'a.txt' }] });
		expect(await diff()).toEqual({ ...seen, ahead: 1 });
		repository.git(['reset', '--quiet', '--hard', `${seen.commit}~1`], worktree);
		expect(await diff()).toEqual({ ...seen, ahead: 1 });
	});

	test('is not merged, and says what to do; what is reviewed then is what was asked for', async () => {
		const { desk, id, diff, seen, repository } = await openMovedOn();
		const refusal = await refusalOf(desk.ask(id, 'merge'));
		expect(refusal).toMatchObject({ status: 409, code: 'branch_moved', state: 'approved' });
		expect(refusal).toMatchObject({ detail: expect.stringContaining('Request changes') });
		await desk.ask(id, 'request-changes', { comment: 'take it in' });
		await desk.ask(id, 'submit');
		await desk.became(id, 'in_review');
		const stale = await refusalOf(desk.ask(id, 'approve', { commit: seen.commit }));
		const { commit, ahead, files } = await diff();
		expect(stale).toMatchObject({ status: 409, code: 'stale_state', expected: seen.commit, actual: commit });
		expect([ahead, files.map(({ path }) => path)]).toEqual([0, ['a.txt', 'unseen.txt']]);
		await desk.ask(id, 'approve', { commit });
		expect(await desk.ask(id, 'merge')).toMatchObject({ state: 'completed', mergeCommit: commit });
		expect(repository.file('unseen.txt')).toContain('nobody');
	});
});

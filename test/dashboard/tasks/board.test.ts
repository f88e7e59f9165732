import { describe, expect, test } from 'vitest';
import type { OpenRequest, Task } from '../../../src/dashboard/store/resources.ts';
import { asksFor, blockersOf, detailsOf, fillBoard, filterTasks, titleOf } from '../../../src/dashboard/tasks/board.ts';

function task(id: string, fields: Partial<Task> = {}): Task {
	return {
		id,
		description: `task ${id}`,
		state: 'assigned',
		activity: null,
		agentId: null,
		supervisorId: null,
		repository: '/repo',
		branch: `statecraft/${id}`,
		worktree: `/trees/${id}`,
		baseBranch: 'main',
		dependsOn: [],
		priority: 0,
		staleness: 'ok',
		heartbeatAt: null,
		promptId: null,
		attempt: null,
		rounds: null,
		gates: [],
		gateResults: null,
		conflicts: [],
		comment: null,
		error: null,
		mergeCommit: null,
		version: 1,
		createdAt: '2026-01-01T00:00:00.000Z',
		stateChangedAt: '2026-01-01T00:00:00.000Z',
		updatedAt: '2026-01-01T00:00:00.000Z',
		...fields,
	};
}

const idsIn = (tasks: readonly Task[], column: string) =>
	fillBoard(tasks)
		.find(({ id }) => id === column)
		?.tasks.map(({ id }) => id);

describe('the board', () => {
	test('has every task in exactly one column', () => {
		const states = ['assigned', 'working', 'conflicted', 'in_review', 'approved', 'completed', 'failed'] as const;
		const tasks = states.map((state) => task(state, { state }));
		const placed = fillBoard(tasks).flatMap((column) => column.tasks.map(({ id }) => id));
		expect(placed.sort()).toEqual([...states].sort());
	});

	test('shows what is to be done by priority, then by age', () => {
		const tasks = [
			task('young', { createdAt: '2026-01-03T00:00:00.000Z' }),
			task('urgent', { priority: 5, createdAt: '2026-01-04T00:00:00.000Z' }),
			task('old'),
		];
		expect(idsIn(tasks, 'waiting')).toEqual(['urgent', 'old', 'young']);
	});

	test('shows conflicts before what goes on by itself', () => {
		const tasks = [
			task('a', { state: 'working', priority: 9 }),
			task('b', { state: 'conflicted', conflicts: ['x.ts'] }),
		];
		expect(idsIn(tasks, 'working')).toEqual(['b', 'a']);
	});

	test('shows what was merged last first', () => {
		const tasks = [
			task('first', { state: 'completed', stateChangedAt: '2026-01-01T00:00:00.000Z' }),
			task('second', { state: 'completed', stateChangedAt: '2026-01-02T00:00:00.000Z' }),
		];
		expect(idsIn(tasks, 'done')).toEqual(['second', 'first']);
	});

	test('has no column of failures while there are none', () => {
		expect(fillBoard([task('a')]).map(({ id }) => id)).not.toContain('failed');
		expect(fillBoard([task('a', { state: 'failed' })]).map(({ id }) => id)).toContain('failed');
	});
});

describe('the filter', () => {
	const tasks = [
		task('a', { description: 'Mend the parser', agentId: 'agt_1' }),
		task('b', { description: 'Write the docs', branch: 'docs/parser', supervisorId: 'sup_1' }),
	];
	const find = (filter: Partial<Parameters<typeof filterTasks>[1]>) =>
		filterTasks(tasks, { text: '', agentId: '', supervisorId: '', ...filter }).map(({ id }) => id);

	test('looks for every word, in any case, in description and branch', () => {
		expect(find({ text: 'PARSER' })).toEqual(['a', 'b']);
		expect(find({ text: 'parser docs' })).toEqual(['b']);
		expect(find({ text: 'nothing' })).toEqual([]);
	});

	test('keeps to an agent or a mission', () => {
		expect(find({ agentId: 'agt_1' })).toEqual(['a']);
		expect(find({ supervisorId: 'sup_1' })).toEqual(['b']);
	});
});

test('a task is called by its first line that says something', () => {
	expect(titleOf({ description: '\n  \nMend it\nat once' })).toBe('Mend it');
});

test('a task waits for what is not merged, and for what is gone', () => {
	const merged = task('merged', { state: 'completed' });
	const open = task('open');
	const known = new Map([merged, open].map((one) => [one.id, one]));
	expect(blockersOf(task('a', { dependsOn: ['merged', 'open', 'gone'] }), known)).toEqual(['open', 'gone']);
});

test('what the title says is not said again below it, unless it is too long to be read there', () => {
	expect(detailsOf({ description: '\n Mend it \n\nIt fails.\n' })).toBe('It fails.');
	expect(detailsOf({ description: 'Mend it' })).toBe('');
	const long = 'x'.repeat(300);
	expect(detailsOf({ description: `${long}\nmore` })).toBe(`${long}\nmore`);
});

test('an agent may ask for a task while it has the prompt of that task', () => {
	const request = { id: 'req_1', agentId: 'agt_1' } as OpenRequest;
	const ids = (fields: Partial<Task>) => asksFor(task('a', fields), [request]).map(({ id }) => id);
	expect(ids({ agentId: 'agt_1', promptId: 'pmt_1' })).toEqual(['req_1']);
	expect(ids({ agentId: 'agt_2', promptId: 'pmt_1' })).toEqual([]);
	expect(ids({ agentId: 'agt_1' })).toEqual([]);
});

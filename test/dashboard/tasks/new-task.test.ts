import { describe, expect, test } from 'vitest';
import { findDraftProblems, readDraft, readGates, type TaskDraft } from '../../../src/dashboard/tasks/new-task.ts';
import { createTaskBody } from '../../../src/tasks/schemas.ts';

const draft: TaskDraft = {
	description: 'Mend the parser',
	repository: '/home/me/app',
	baseBranch: '',
	agentId: '',
	priority: '',
	dependsOn: [],
	gates: '',
};

test('only what was typed is sent, in the form the server takes', () => {
	expect(readDraft(draft)).toEqual({ description: 'Mend the parser', repository: '/home/me/app' });
	const full = readDraft({
		...draft,
		baseBranch: ' main ',
		agentId: 'agt_1',
		priority: '-3',
		dependsOn: ['tsk_1'],
		gates: 'npm test\n\nlint: npm run "lint all"',
	});
	expect(createTaskBody.parse(full)).toMatchObject({
		baseBranch: 'main',
		agent: 'agt_1',
		priority: -3,
		gates: [
			{ name: 'npm test', command: 'npm', args: ['test'] },
			{ name: 'lint', command: 'npm', args: ['run', 'lint all'] },
		],
	});
});

describe('what is wrong is said before it is sent', () => {
	test.each([
		['description', { description: '  ' }],
		['repository', { repository: 'app' }],
		['priority', { priority: 'high' }],
		['gates', { gates: 'a: npm test\na: npm run lint' }],
	] as const)('%s', (field, change) => {
		expect(Object.keys(findDraftProblems({ ...draft, ...change }))).toEqual([field]);
	});

	test('nothing, when all is well', () => {
		expect(findDraftProblems({ ...draft, priority: '7', gates: 'npm test' })).toEqual({});
	});
});

test('words of a gate in quotes stay together; no shell reads them', () => {
	expect(readGates(`node -e 'process.exit(1)' "a b" $HOME`)).toEqual([
		{ name: `node -e 'process.exit(1)' "a b" $HOME`, command: 'node', args: ['-e', 'process.exit(1)', 'a b', '$HOME'] },
	]);
});

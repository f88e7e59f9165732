import { expect, test } from 'vitest';
import type { Workflow } from '../../../src/dashboard/store/resources.ts';
import { describeCounts, findQueueProblem, listQueues } from '../../../src/dashboard/workflows/queue-list.ts';
import { queueName } from '../../../src/workflows/triggers/trigger-config.ts';

const counts = { ready: 2, claimed: 0, done: 1, dead: 0 };

const reader = (id: string, trigger: Workflow['trigger']) => ({ id, name: id, enabled: true, trigger });

test('queues are listed by name, with those that a workflow waits for though nothing was ever in them', () => {
	const workflows = [
		reader('wfl_1', { type: 'queue', queue: 'mail' }),
		reader('wfl_2', { type: 'queue', queue: 'bugs' }),
		reader('wfl_3', { type: 'manual' }),
		reader('wfl_4', { type: 'queue', queue: 'mail' }),
	];
	const listed = listQueues(
		[
			{ name: 'mail', counts },
			{ name: 'old', counts },
		],
		workflows,
	);
	expect(listed.map(({ name, readers }) => [name, readers.map(({ id }) => id)])).toEqual([
		['bugs', ['wfl_2']],
		['mail', ['wfl_1', 'wfl_4']],
		['old', []],
	]);
	expect(listed.map((queue) => describeCounts(queue.counts))).toEqual([
		'empty',
		'2 waiting, 1 done',
		'2 waiting, 1 done',
	]);
});

test.each(['a', 'mail.in_2-x', '', '-a', 'a/b', 'a b', 'x'.repeat(101), 'ä'])(
	'%j is a name for a queue where the API says so',
	(name) => {
		expect(findQueueProblem(name) === null).toBe(queueName.safeParse(name).success);
	},
);

/** Random lives of tasks in a durable system: what the journal says, replayed, is what is stored. */

import { expect, test } from 'vitest';
import { taskAddress, taskKind } from '../../src/tasks/address.ts';
import { taskTransitions } from '../../src/tasks/transitions.ts';
import type { TaskState } from '../../src/tasks/views.ts';
import { createTaskInput, taskEventsFor, taskSteps } from '../machines/task-steps.ts';
import { checkLeaksAfterEach, createWorld } from '../support/durable-world.ts';
import { inertTaskDefinition } from '../support/inert-task-definition.ts';
import { createRandom } from '../support/random.ts';
import { taskRowOf } from './task-row.ts';

checkLeaksAfterEach();

const address = taskAddress('tsk_1');

test.each(Array.from({ length: 30 }, (_, seed) => seed))('[TA28] history %i', { timeout: 60_000 }, async (seed) => {
	const random = createRandom(seed);
	const chance = (of: number) => random() < of;
	const world = createWorld([inertTaskDefinition]);
	const input = createTaskInput({ gated: chance(0.5), agentId: chance(0.7) ? 'agt_1' : null });
	await world.system.resume();
	const row = { op: 'insert', table: 'tasks', row: taskRowOf(input, world.clock.now()) } as const;
	await world.system.spawn(taskKind, input.taskId, input, { records: [row] });
	for (let step = 0; step < 120; step++) {
		const snapshot = world.system.get(address)?.getSnapshot();
		if (!snapshot) throw new Error('the task is gone');
		const events = taskEventsFor(snapshot).filter(({ type }) => !type.startsWith('xstate.'));
		// Most of what is tried can be taken, or nothing would ever happen.
		const possible = events.filter((event) => snapshot.can({ ...event, at: world.clock.now() }));
		const event = pick(possible.length > 0 && chance(0.8) ? possible : events, random());
		await world.system.send(address, event).catch(() => undefined);
		if (chance(0.1)) await world.advance(Math.floor(random() * 700_000));
		if (chance(0.1)) await world.boot();
	}
	await world.settle();

	const journal = world.disk.journal().filter((line) => line.address === address);
	const [birth, ...later] = journal;
	let replayed = taskSteps.create(input, birth?.at ?? 0).after;
	for (const line of later) replayed = taskSteps.take(replayed, JSON.parse(line.event), line.at).after;
	const stored = await world.disk.readActor(address);
	const { value, context } = JSON.parse(taskSteps.persist(replayed));
	expect(JSON.parse(stored?.snapshot ?? '{}')).toMatchObject({ value, context });
	expect(stored?.version).toBe(journal.length);

	const [stands] = world.disk.rows('tasks');
	const told = world.disk.events().filter(({ topic }) => topic === 'task.state.changed');
	const changes = told.map(
		({ data }) => JSON.parse(data) as { from: TaskState | null; to: TaskState; correlationId: string },
	);
	expect(stands).toMatchObject({ state: changes.at(-1)?.to, version: journal.length });
	for (const [index, { from, to, correlationId }] of changes.entries()) {
		expect(from).toBe(changes[index - 1]?.to ?? null);
		if (from) expect(taskTransitions[from]).toContain(to);
		const line = journal[Number(correlationId.split('/').at(-1)) - 1];
		expect(line?.to.split('.')[0]).toBe(to);
	}
});

function pick<T>(from: readonly T[], where: number): T {
	return from[Math.floor(where * from.length)] as T;
}

import { beforeEach, describe, expect, test } from 'vitest';
import { queueItemStatusOf, queueItemStatusWithout } from '../../src/workflows/queue-item-status.ts';
import type { WorkflowView } from '../../src/workflows/views.ts';
import { createSqliteQueueWorld, type QueueWorld } from './queue-world.ts';

let world: QueueWorld;
let one: WorkflowView;
let two: WorkflowView;
/** What the broker is about to do waits for these, once each. */
let gates: Map<string, () => Promise<void>>;

beforeEach(async () => {
	gates = new Map();
	world = await createSqliteQueueWorld({
		async pace(what) {
			const gate = gates.get(what);
			gates.delete(what);
			await gate?.();
		},
	});
	one = await world.addWorkflow('wfl_1');
	two = await world.addWorkflow('wfl_2');
});

const timeoutMs = 60_000;

function claim(workflow: WorkflowView, queue = 'q') {
	return world.broker.claim(workflow, queue, timeoutMs);
}

async function claimId(workflow: WorkflowView, queue = 'q'): Promise<string> {
	const { dispatchId } = await claim(workflow, queue);
	if (dispatchId === null) throw new Error(`${workflow.id} got nothing from ${queue}`);
	return dispatchId;
}

/** Takes everything of the queue and answers the titles, in order. */
async function drain(workflow: WorkflowView): Promise<string[]> {
	const titles: string[] = [];
	for (let next = await claim(workflow); next.dispatchId !== null; next = await claim(workflow)) {
		titles.push((await world.dispatch(next.dispatchId)).title);
		await world.takeUp(next.dispatchId);
		await world.end(next.dispatchId, 'completed');
	}
	return titles;
}

/** Stops the broker the next time it is about to do this; answers what lets it go on, and when it has come there. */
function stopAt(what: string) {
	const arrived = createSignal();
	const opened = createSignal();
	gates.set(what, () => {
		arrived.give();
		return opened.given;
	});
	return { arrived: arrived.given, open: opened.give };
}

function createSignal(): { readonly given: Promise<void>; give(): void } {
	let give = () => {};
	const given = new Promise<void>((resolve) => {
		give = resolve;
	});
	return { given, give: () => give() };
}

describe('adding', () => {
	test('an item is stored as it came, ready, with its id as source id, and told of', async () => {
		const { id } = await world.broker.add(
			'q',
			{ title: 'a', body: null, url: 'https://example.org', labels: ['x'], metadata: { n: 1 }, priority: 7 },
			'key',
		);
		expect(await world.item(id)).toMatchObject({
			queue: 'q',
			key: 'key',
			status: 'ready',
			priority: 7,
			item: { sourceId: id, title: 'a', body: null, url: 'https://example.org', labels: ['x'], metadata: { n: 1 } },
			workflowId: null,
			dispatchId: null,
			visibleAt: null,
			createdAt: world.clock.now(),
		});
	});

	test('a key is taken once in its queue; the second is answered with the first, also when both come at once', async () => {
		const item = { title: 'a', body: null, url: null, labels: [], metadata: {} };
		const both = await Promise.all([world.broker.add('q', item, 'k'), world.broker.add('q', item, 'k')]);
		expect(new Set(both.map(({ id }) => id)).size).toBe(1);
		expect(both.map(({ repeated }) => repeated).sort()).toEqual([false, true]);
		expect(await world.broker.add('q', { ...item, title: 'b' }, 'k')).toEqual({ id: both[0]?.id, repeated: true });
		expect((await world.broker.add('other', item, 'k')).repeated).toBe(false);
		const unnamed = [await world.broker.add('q', item, null), await world.broker.add('q', item, null)];
		expect(unnamed.map(({ repeated }) => repeated)).toEqual([false, false]);
		expect(await drain(one)).toEqual(['a', 'a', 'a']);
	});

	test('a key is taken still when its item is done', async () => {
		const id = await world.add('q', 'a', { key: 'k' });
		await drain(one);
		expect(await world.item(id)).toMatchObject({ status: 'done', visibleAt: null });
		expect(await world.add('q', 'again', { key: 'k' })).toBe(id);
		expect((await claim(one)).dispatchId).toBeNull();
	});

	test('rows that ride along are written with it, or neither is', async () => {
		const item = { title: 'a', body: null, url: null, labels: [], metadata: {} };
		const records = (id: string) => [{ op: 'insert', table: 'settings', row: { id: 'made', value: id } } as const];
		const { id } = await world.broker.add('q', item, null, { records });
		await expect(world.broker.add('q', { ...item, title: 'b' }, null, { records })).rejects.toMatchObject({
			code: 'constraint_violated',
		});
		expect((await world.item(id)).item.title).toBe('a');
		expect(await drain(one)).toEqual(['a']);
	});
});

describe('claiming', () => {
	test('[WF19] the highest priority goes first, then the oldest', async () => {
		for (const [title, priority] of [
			['a', 0],
			['b', 5],
			['c', -1],
			['d', 5],
			['e', 0],
		] as const) {
			await world.add('q', title, { priority });
		}
		expect(await drain(one)).toEqual(['b', 'd', 'a', 'e', 'c']);
	});

	test('a claim is a pending dispatch that names the item, with all the item says', async () => {
		const id = await world.add('q', 'a', { priority: 3 });
		const dispatchId = await claimId(one);
		expect(await world.dispatch(dispatchId)).toMatchObject({
			workflowId: one.id,
			sourceId: id,
			liveKey: id,
			title: 'a',
			item: { body: 'body of a', queueItemId: id },
			status: 'pending',
			priority: 3,
			maxAttempts: 3,
			nextAttemptAt: world.clock.now(),
			queueItemId: id,
		});
		expect(await world.item(id)).toMatchObject({
			status: 'claimed',
			workflowId: one.id,
			dispatchId,
			visibleAt: world.clock.now() + timeoutMs,
		});
	});

	test('who has a dispatch to take up gets nothing more, and is to ask once it is done', async () => {
		await world.add('q', 'a');
		await world.add('q', 'b');
		const first = await claimId(one);
		const now = world.clock.now();
		expect(await claim(one)).toEqual({ dispatchId: null, nextAt: now });
		expect((await world.dispatch(await claimId(two))).title).toBe('b');
		await world.takeUp(first);
		await world.end(first, 'completed');
		expect(await claim(one)).toEqual({ dispatchId: null, nextAt: now + timeoutMs });
	});

	test('[WF19] many consumers that ask at once share the items, each item once', async () => {
		const workflows = await Promise.all(Array.from({ length: 8 }, (_, index) => world.addWorkflow(`wfl_x${index}`)));
		for (let index = 0; index < 6; index++) await world.add('q', `${index}`);
		const claims = await Promise.all(workflows.map((workflow) => claim(workflow)));
		const ids = claims.flatMap(({ dispatchId }) => dispatchId ?? []);
		const items = await Promise.all(ids.map(async (id) => (await world.dispatch(id)).title));
		expect(items.sort()).toEqual(['0', '1', '2', '3', '4', '5']);
	});

	test('queues are apart', async () => {
		await world.add('other', 'a');
		expect(await claim(one)).toEqual({ dispatchId: null, nextAt: null });
		expect((await world.dispatch(await claimId(one, 'other'))).title).toBe('a');
	});

	test('what is ready is found behind any number of items that others work on', async () => {
		for (let index = 0; index < 40; index++) {
			await world.add('q', `${index}`, { priority: 1 });
			const dispatchId = await claimId(one);
			await world.takeUp(dispatchId);
		}
		await world.add('q', 'last');
		world.clock.advance(timeoutMs);
		expect((await world.dispatch(await claimId(two))).title).toBe('last');
	});
});

describe('lapsing', () => {
	test('[WF19] a claim that is not taken up in time goes to the next who asks, and not a moment earlier', async () => {
		const id = await world.add('q', 'a');
		const late = await claimId(one);
		const lapsesAt = world.clock.now() + timeoutMs;
		world.clock.advance(timeoutMs - 1);
		expect(await claim(two)).toEqual({ dispatchId: null, nextAt: lapsesAt });
		world.clock.advance(1);
		const next = await claimId(two);
		expect(await world.dispatch(late)).toMatchObject({
			status: 'skipped',
			liveKey: null,
			nextAttemptAt: null,
			error: { code: 'superseded' },
			finishedAt: world.clock.now(),
		});
		expect(await world.dispatch(next)).toMatchObject({ workflowId: two.id, liveKey: id, status: 'pending' });
		expect(await world.item(id)).toMatchObject({
			workflowId: two.id,
			dispatchId: next,
			visibleAt: world.clock.now() + timeoutMs,
		});
	});

	test('the take-over is told with the agent that lost the item', async () => {
		await world.add('q', 'a');
		const late = await claimId(one);
		world.clock.advance(timeoutMs);
		const next = await claimId(two);
		const told = world.events.map(({ topic, agentId, data }) => `${topic} ${agentId} ${data}`);
		expect(told).toEqual([
			expect.stringMatching('queue.item.added null .*"queue":"q"'),
			expect.stringMatching(`dispatch.created agt_wfl_1 .*${late}`),
			expect.stringMatching(`dispatch.skipped agt_wfl_1 .*${late}.*superseded`),
			expect.stringMatching(`dispatch.created agt_wfl_2 .*${next}`),
		]);
	});

	test('the item can come back to the first workflow', async () => {
		const id = await world.add('q', 'a');
		await claimId(one);
		world.clock.advance(timeoutMs);
		await claimId(two);
		world.clock.advance(timeoutMs);
		const back = await claimId(one);
		expect(await world.dispatch(back)).toMatchObject({ workflowId: one.id, liveKey: id });
	});

	test('nobody takes its own claim over', async () => {
		await world.add('q', 'a');
		const own = await claimId(one);
		world.clock.advance(timeoutMs);
		expect((await claim(one)).dispatchId).toBeNull();
		expect((await world.dispatch(own)).status).toBe('pending');
	});

	test.each(['taken up', 'waiting for its retry', 'settled'] as const)(
		'a dispatch that is %s keeps its item, however long it takes',
		async (how) => {
			const id = await world.add('q', 'a');
			const dispatchId = await claimId(one);
			await world.takeUp(dispatchId);
			if (how === 'waiting for its retry') await world.end(dispatchId, 'retried');
			if (how === 'settled') await world.end(dispatchId, 'failed');
			world.clock.advance(timeoutMs * 1_000);
			expect(await claim(two)).toEqual({ dispatchId: null, nextAt: null });
			expect((await world.item(id)).dispatchId).toBe(dispatchId);
		},
	);

	test('one that was released before its prompt was handed over lapses again', async () => {
		await world.add('q', 'a');
		const dispatchId = await claimId(one);
		await world.takeUp(dispatchId);
		world.clock.advance(timeoutMs);
		await world.end(dispatchId, 'released');
		expect((await world.dispatch(await claimId(two))).workflowId).toBe(two.id);
	});

	test('a claim without an end does not lapse', async () => {
		const id = await world.add('q', 'a');
		await claimId(one);
		await world.write({ records: [{ op: 'update', table: 'queue_items', id, set: { visible_at: null } }] });
		world.clock.advance(timeoutMs * 1_000);
		expect(await claim(two)).toEqual({ dispatchId: null, nextAt: null });
	});

	test('a claim whose workflow was removed lapses as any other', async () => {
		await world.add('q', 'a');
		const gone = await claimId(one);
		await world.write({ records: [{ op: 'delete', table: 'workflows', id: one.id }] });
		expect(await world.reads.dispatch(gone)).toBeUndefined();
		expect(await claim(two)).toEqual({ dispatchId: null, nextAt: world.clock.now() + timeoutMs });
		world.clock.advance(timeoutMs);
		expect((await world.dispatch(await claimId(two))).title).toBe('a');
	});

	test('of several claims the first to lapse is waited for, and none that will not', async () => {
		const three = await world.addWorkflow('wfl_3');
		await world.add('q', 'a', { priority: 1 });
		await world.add('q', 'b');
		const start = world.clock.now();
		const taken = await claimId(one);
		world.clock.advance(10);
		await claimId(two);
		expect((await claim(three)).nextAt).toBe(start + timeoutMs);
		await world.takeUp(taken);
		expect((await claim(three)).nextAt).toBe(start + 10 + timeoutMs);
	});
});

describe('holding', () => {
	test('runs the work and answers what it answers, while the item is the dispatch’s', async () => {
		const id = await world.add('q', 'a');
		const dispatchId = await claimId(one);
		expect(await world.broker.holding(id, dispatchId, async () => 'handed over')).toBe('handed over');
		await expect(world.broker.holding(id, dispatchId, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
		expect(await world.broker.holding(id, dispatchId, async () => 'again')).toBe('again');
	});

	test('answers undefined without running the work when the item is another dispatch’s, or gone', async () => {
		const id = await world.add('q', 'a');
		const late = await claimId(one);
		world.clock.advance(timeoutMs);
		await claimId(two);
		const never = () => Promise.reject(new Error('ran'));
		expect(await world.broker.holding(id, late, never)).toBeUndefined();
		expect(await world.broker.holding('qit_none', late, never)).toBeUndefined();
	});

	test('[WF19] a runner that takes its dispatch up between the look and the take-over finds the item gone', async () => {
		const id = await world.add('q', 'a');
		const late = await claimId(one);
		world.clock.advance(timeoutMs);
		const write = stopAt('write');
		const takeOver = claim(two);
		await write.arrived;
		await world.takeUp(late);
		const handed: string[] = [];
		const hold = world.broker.holding(id, late, async () => handed.push(late));
		// Whatever of it can go on does, before the take-over is written.
		await world.item(id);
		await new Promise((resolve) => setImmediate(resolve));
		write.open();
		const next = (await takeOver).dispatchId;
		expect(await hold).toBeUndefined();
		await world.end(late, 'superseded');
		expect(handed).toEqual([]);
		expect(await world.item(id)).toMatchObject({ status: 'claimed', dispatchId: next });
		expect(await world.dispatch(next ?? '')).toMatchObject({ workflowId: two.id, status: 'pending', liveKey: id });
	});

	test('while a prompt is handed over, who asks for the item waits, and does not get it', async () => {
		const id = await world.add('q', 'a');
		const dispatchId = await claimId(one);
		world.clock.advance(timeoutMs);
		const steps: string[] = [];
		const begun = createSignal();
		const finish = createSignal();
		const hold = world.broker.holding(id, dispatchId, async () => {
			begun.give();
			await finish.given;
			await world.takeUp(dispatchId);
			steps.push('handed over');
		});
		await begun.given;
		const asked = claim(two).then((answer) => {
			steps.push('answered');
			return answer;
		});
		await world.item(id);
		finish.give();
		expect((await asked).dispatchId).toBeNull();
		await hold;
		expect(steps).toEqual(['handed over', 'answered']);
	});

	test('turns of one queue do not hold up another', async () => {
		await world.add('other', 'b');
		const id = await world.add('q', 'a');
		const dispatchId = await claimId(one);
		const inner = await world.broker.holding(id, dispatchId, () => claim(two, 'other'));
		expect(inner?.dispatchId).not.toBeNull();
	});
});

describe('what becomes of an item', () => {
	const failure = { code: 'turn_failed', message: 'no', retryable: true };

	test.each([
		['completed', null, null, 'done'],
		['skipped', null, { ...failure, code: 'prompt_cancelled' }, 'done'],
		['failed', null, failure, 'dead'],
		['interrupted', null, failure, 'dead'],
		['failed', 5, failure, undefined],
		['interrupted', 5, null, undefined],
		['pending', 5, failure, undefined],
		['skipped', null, { ...failure, code: 'superseded' }, undefined],
	] as const)('%s, next attempt %j, %j: %s', (status, nextAttemptAt, reason, expected) => {
		expect(queueItemStatusOf({ status, nextAttemptAt, failure: reason })).toBe(expected);
	});

	test.each([
		['pending', 5, 'ready'],
		['failed', 5, 'ready'],
		['dispatched', null, 'dead'],
		['completed', null, undefined],
		['failed', null, undefined],
	] as const)(
		'its workflow is removed while the dispatch is %s, next attempt %j: %s',
		(status, nextAttemptAt, expected) => {
			expect(queueItemStatusWithout({ status, nextAttemptAt })).toBe(expected);
		},
	);
});

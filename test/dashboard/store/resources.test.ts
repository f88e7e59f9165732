import { describe, expect, test } from 'vitest';
import { createPageStore } from '../../../src/dashboard/store/page-store.ts';
import {
	applyChanges,
	type Change,
	emptyResources,
	type ResourceKind,
	replaceAll,
} from '../../../src/dashboard/store/resources.ts';
import { selectAgents, selectOpenCount } from '../../../src/dashboard/store/selectors.ts';

const change = (kind: ResourceKind, id: string, data: object | null = {}): Change => ({
	kind,
	id,
	data: data === null ? null : ({ id, ...data } as never),
});

describe('changes', () => {
	test('of one kind leave the maps of the others as they are, and resources that are the same the same', () => {
		const before = applyChanges(emptyResources, [change('agent', 'a'), change('agent', 'b'), change('task', 't')]);
		const after = applyChanges(before, [change('agent', 'a', { name: 'new' })]);
		expect(after.task).toBe(before.task);
		expect(after.agent).not.toBe(before.agent);
		expect(after.agent.get('b')).toBe(before.agent.get('b'));
		expect(after.agent.get('a')).toMatchObject({ name: 'new' });
		expect(before.agent.get('a')).not.toHaveProperty('name');
	});

	test('that are none change nothing', () => {
		expect(applyChanges(emptyResources, [])).toBe(emptyResources);
	});

	test('take away what is gone', () => {
		const before = replaceAll([change('agent', 'a')]);
		expect([...applyChanges(before, [change('agent', 'a', null)]).agent.keys()]).toEqual([]);
	});

	test('keep the last of what has settled, and all that has not', () => {
		const open = change('request', 'open', { status: 'open' });
		const settled = Array.from({ length: 250 }, (_, index) => change('request', `r${index}`, { status: 'answered' }));
		const { request } = applyChanges(emptyResources, [open, ...settled]);
		expect(request.size).toBe(201);
		expect([request.has('open'), request.has('r49'), request.has('r50')]).toEqual([true, false, true]);
	});

	test('what settles last stays longest', () => {
		const waiting = change('prompt', 'first', { status: 'queued' });
		const settled = Array.from({ length: 200 }, (_, index) => change('prompt', `p${index}`, { status: 'finished' }));
		const before = applyChanges(emptyResources, [waiting, ...settled]);
		const { prompt } = applyChanges(before, [change('prompt', 'first', { status: 'finished' })]);
		expect([prompt.has('first'), prompt.has('p0'), prompt.size]).toEqual([true, false, 200]);
	});
});

describe("the page's state", () => {
	test('a snapshot replaces everything, and tells how far the clocks are apart', () => {
		const store = createPageStore();
		store.trigger.resourcesChanged({ changes: [change('agent', 'old')] });
		store.trigger.snapshotCame({ changes: [change('agent', 'new')], serverTime: 5_000, now: 2_000 });
		const { resources, isLoaded, skewMs } = store.getSnapshot().context;
		expect([[...resources.agent.keys()], isLoaded, skewMs]).toEqual([['new'], true, 3_000]);
	});

	test('a snapshot is one update', () => {
		const store = createPageStore();
		let updates = 0;
		store.subscribe(() => {
			updates += 1;
		});
		const changes = Array.from({ length: 1_000 }, (_, index) => change('agent', `a${index}`));
		store.trigger.snapshotCame({ changes, serverTime: null, now: 0 });
		expect([updates, selectAgents(store.getSnapshot().context).length]).toEqual([1, 1_000]);
	});

	test('what is derived stays the same while what it reads is the same', () => {
		const store = createPageStore();
		store.trigger.resourcesChanged({ changes: [change('agent', 'a'), change('request', 'r', { status: 'open' })] });
		const before = selectAgents(store.getSnapshot().context);
		store.trigger.resourcesChanged({ changes: [change('task', 't')] });
		expect(selectAgents(store.getSnapshot().context)).toBe(before);
		expect(selectOpenCount(store.getSnapshot().context)).toBe(1);
		store.trigger.resourcesChanged({ changes: [change('request', 'r', { status: 'answered' })] });
		expect(selectOpenCount(store.getSnapshot().context)).toBe(0);
	});
});

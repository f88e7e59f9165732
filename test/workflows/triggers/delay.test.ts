import { expect, test } from 'vitest';
import { createDelaySource } from '../../../src/workflows/triggers/delay.ts';
import { createPushSource } from '../../../src/workflows/triggers/push.ts';
import { startPolling } from './polling.ts';

const noon = Date.UTC(2026, 0, 1, 12);
const runAt = '2026-01-01T13:00:00+01:00';

test('[WF16] a delay fires once, at its time, and is exhausted from then on', async () => {
	const { poll } = startPolling(createDelaySource(), { type: 'delay', runAt });
	const early = await poll(noon - 1);
	expect(early).toMatchObject({ items: [], nextPollAt: noon });
	expect(early.exhausted ?? false).toBe(false);
	expect(await poll(noon)).toMatchObject({
		items: [{ sourceId: 'delay:2026-01-01T12:00:00.000Z', metadata: { runAt: '2026-01-01T12:00:00.000Z' } }],
		nextPollAt: null,
		exhausted: true,
	});
	expect(await poll(noon + 1)).toMatchObject({ items: [], nextPollAt: null, exhausted: true });
});

test('[WF16] a delay that has passed fires at once, even if it had passed when its workflow was created', async () => {
	const { poll } = startPolling(createDelaySource(), { type: 'delay', runAt }, { since: noon + 1 });
	expect((await poll(noon + 86_400_000)).items).toHaveLength(1);
});

test('a delay fires again for another time, and again if its firing was not stored', async () => {
	const { poll, edit, forgetLast } = startPolling(createDelaySource(), { type: 'delay', runAt });
	const first = await poll(noon);
	forgetLast();
	expect(await poll(noon)).toEqual(first);
	edit({ type: 'delay', runAt: '2026-01-02T12:00:00Z' });
	expect(await poll(noon)).toMatchObject({ items: [], nextPollAt: noon + 86_400_000 });
	expect((await poll(noon + 86_400_000)).items).toHaveLength(1);
});

test.each([{ type: 'manual' }, { type: 'webhook', secret: 'a secret of length' }])(
	'$type yields nothing when polled, and waits to be nudged',
	async (trigger) => {
		const { poll, interests } = startPolling(createPushSource(), trigger);
		expect(await poll(noon)).toEqual({ items: [], cursor: null, nextPollAt: null });
		expect(interests).toEqual([]);
	},
);

/** What becomes of dispatches whose prompt does not finish: tried again by policy, skipped, left, sent again by hand. */

import { describe, expect, test } from 'vitest';
import type { PromptResource } from '../../src/cli/resources.ts';
import { refusalOf } from '../support/operator.ts';
import { startWholeServer } from '../support/whole-server.ts';
import { createWorkflowDesk } from '../support/workflow-desk.ts';

const quick = { initial: 1, max: 2 };
/** An agent that may crash as often as a test likes. */
const tough = { restart: { maxRestarts: 100, backoffMs: quick } };

async function openDesk() {
	const server = await startWholeServer();
	return { ...server, desk: createWorkflowDesk(server) };
}

describe('a dispatch whose turn a crash cuts short', () => {
	test('[WR12] is tried again up to its limit, each attempt a prompt of its own, and then left as interrupted', async () => {
		const { desk, hire, api, events } = await openDesk();
		const agent = await hire('helper', tough);
		const { id } = await desk.standing(agent.name, { retry: { maxAttempts: 3, backoffMs: quick } });
		const { id: dispatchId } = await desk.trigger(id, { body: 'crash' });
		const left = await events.until('it is given up', async () => {
			const dispatch = await desk.dispatch(dispatchId);
			return dispatch.status === 'interrupted' && dispatch.nextAttemptAt === null ? dispatch : undefined;
		});
		expect(left).toMatchObject({ attempts: 3, error: { code: 'interrupted' } });
		const { items } = await api.http.request<{ items: PromptResource[] }>('GET', `/agents/${agent.id}/prompts`);
		expect(items.map(({ idempotencyKey, status }) => [idempotencyKey, status])).toEqual([
			[`${dispatchId}/3`, 'interrupted'],
			[`${dispatchId}/2`, 'interrupted'],
			[`${dispatchId}/1`, 'interrupted'],
		]);
	});

	test('[WF6, WR12] is left at once where the workflow says so, and can be sent again by hand', async () => {
		const { desk, hire, post, events } = await openDesk();
		const agent = await hire('helper', tough);
		const { id } = await desk.standing(agent.name, {
			template: '{% if dispatch.attempt == 1 %}crash{% else %}say better{% endif %}',
			retry: { interrupted: 'leave' },
		});
		const { id: dispatchId } = await desk.trigger(id);
		await desk.became(dispatchId, 'interrupted');
		expect(await desk.dispatch(dispatchId)).toMatchObject({ attempts: 1, nextAttemptAt: null });
		await post(`/dispatches/${dispatchId}/retry`);
		expect(await desk.became(dispatchId, 'completed')).toMatchObject({ attempts: 2, error: null });
		expect(events.ofTopic('dispatch.').map(({ topic }) => topic)).toEqual([
			'dispatch.created',
			'dispatch.dispatched',
			'dispatch.interrupted',
			'dispatch.released',
			'dispatch.dispatched',
			'dispatch.completed',
		]);
	});
});

test('[WF6, WR13] a dispatch that is under way is not sent again', async () => {
	const { desk, hire, post, api } = await openDesk();
	const agent = await hire('helper');
	const { id } = await desk.standing(agent.name);
	const { id: dispatchId } = await desk.trigger(id, { body: 'wait 60s' });
	await desk.became(dispatchId, 'dispatched');
	expect(await refusalOf(post(`/dispatches/${dispatchId}/retry`))).toMatchObject({ code: 'dispatch_outstanding' });
	await api.command(agent.id, 'cancel', {});
	const skipped = await desk.became(dispatchId, 'skipped');
	expect(skipped).toMatchObject({ nextAttemptAt: null, error: { code: 'prompt_cancelled' } });
});

describe('a dispatch that its template makes nothing of', () => {
	test('[WF7] is skipped when it renders to blanks', async () => {
		const { desk, hire } = await openDesk();
		const { id } = await desk.standing((await hire('helper')).name, { template: '{% if false %}x{% endif %} ' });
		const { id: dispatchId } = await desk.trigger(id);
		expect(await desk.became(dispatchId, 'skipped')).toMatchObject({ error: { code: 'prompt_blank' } });
	});

	test('[WF7] fails for good when it does not fit the item, and the next item goes', async () => {
		const { desk, hire } = await openDesk();
		const { id } = await desk.standing((await hire('helper')).name, { template: 'say {{ item.metadata.who }}' });
		const { id: bad } = await desk.trigger(id);
		const { id: good } = await desk.trigger(id, { metadata: { who: 'Ada' } });
		const failed = await desk.became(bad, 'failed');
		expect(failed).toMatchObject({ attempts: 1, nextAttemptAt: null, error: { code: 'template_invalid' } });
		expect(failed.error?.message).toContain('who');
		await desk.became(good, 'completed');
	});
});

/** The contract of the store port: timers, effects and messages. */
import { describe, expect, test } from 'vitest';
import type { Scene } from './scene.ts';
import { at, effect, message, timer } from './units.ts';

export function describeEffects(scene: Scene): void {
	describe('timers, effects and messages', () => {
		test('a timer set again replaces the former, and comes back with a due time beyond 32 bits', async () => {
			await scene.commit({ timersSet: [timer('a:1', 't', at), timer('b:1', 't', at + 2)] });
			await scene.commit({ timersSet: [{ ...timer('a:1', 't', at + 1), target: 'b:1', event: '{"type":"LATER"}' }] });
			expect(await scene.store.loadTimers()).toEqual([
				{ address: 'a:1', id: 't', target: 'b:1', event: '{"type":"LATER"}', dueAt: at + 1 },
				timer('b:1', 't', at + 2),
			]);
		});

		test('[ST1] of timers set and cleared in one call the last word counts', async () => {
			await scene.commit({ timersSet: [timer('a:1', 'kept')] });
			await scene.commit(
				{ timersSet: [timer('a:1', 'gone'), timer('a:1', 'back')] },
				{
					timersCleared: [
						{ address: 'a:1', id: 'gone' },
						{ address: 'a:1', id: 'back' },
					],
				},
				{
					timersCleared: [
						{ address: 'a:1', id: 'back' },
						{ address: 'b:1', id: 'kept' },
					],
					timersSet: [timer('a:1', 'back')],
				},
			);
			expect((await scene.store.loadTimers()).map(({ id }) => id).sort()).toEqual(['back', 'kept']);
		});

		test('effects come back in the order asked for, with what their last attempt left', async () => {
			const asked = ['b:1', 'a:1', 'c:1'].map((address) => effect(address, 1));
			await scene.commit(...asked.map((each) => ({ effectsAsked: [each] })));
			await scene.commit({
				effectsRetried: [{ id: 'a:1/1/0', attempts: 2, nextAttemptAt: null, lastError: 'no such file' }],
				effectsSettled: ['b:1/1/0'],
			});
			expect(await scene.store.loadEffects()).toEqual([
				{ ...effect('a:1', 1), attempts: 2, nextAttemptAt: null, lastError: 'no such file' },
				effect('c:1', 1),
			]);
		});

		test('[ST1] an effect asked for, retried twice and settled in one call is gone', async () => {
			const retry = { id: 'a:1/1/0', attempts: 1, nextAttemptAt: at, lastError: 'x' };
			await scene.commit(
				{ effectsAsked: [effect('a:1', 1), effect('b:1', 1)] },
				{ effectsRetried: [retry, { ...retry, id: 'b:1/1/0' }] },
				{ effectsRetried: [{ ...retry, id: 'b:1/1/0', attempts: 2 }], effectsSettled: ['a:1/1/0'] },
			);
			expect((await scene.store.loadEffects()).map(({ id, attempts }) => `${id} ${attempts}`)).toEqual(['b:1/1/0 2']);
		});

		test('[ST2] an effect or message with an id in use is a violated constraint', async () => {
			const first = { effectsAsked: [effect('a:1', 1)], messagesSent: [message('a:1', 1, 'b:1')] };
			expect(await scene.commit(first, { effectsAsked: [effect('a:1', 1)] })).toEqual(['ok', 'constraint_violated']);
			expect(await scene.commit({ messagesSent: [message('a:1', 1, 'c:1')] })).toEqual(['constraint_violated']);
			expect((await scene.store.loadMessages()).map(({ to }) => to)).toEqual(['b:1']);
		});

		test('[ST1] a message id freed in a call may be used again by a later unit of it', async () => {
			await scene.commit({ messagesSent: [message('a:1', 1, 'b:1')] });
			expect(
				await scene.commit({ messagesConsumed: ['a:1/1/0'] }, { messagesSent: [message('a:1', 1, 'c:1')] }),
			).toEqual(['ok', 'ok']);
			expect(await scene.store.loadMessages()).toEqual([message('a:1', 1, 'c:1')]);
		});

		test('messages come back in the order sent, without the consumed ones', async () => {
			await scene.commit(...['c:1', 'a:1', 'b:1'].map((from) => ({ messagesSent: [message(from, 1, 'z:1')] })));
			await scene.commit({ messagesConsumed: ['a:1/1/0'] });
			expect((await scene.store.loadMessages()).map(({ from }) => from)).toEqual(['c:1', 'b:1']);
		});
	});
}

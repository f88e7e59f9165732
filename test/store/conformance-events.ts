/** The contract of the store port: events, the journal, numbers and the order of calls. */
import { describe, expect, test } from 'vitest';
import type { Scene } from './scene.ts';
import { at, journalEntry, step } from './units.ts';

export function describeEvents(scene: Scene): void {
	describe('events and numbers', () => {
		const event = (topic: string) => ({ topic, agentId: 'agt_1', at, data: '{"n":1}' });

		test('[ST4] events are answered with their numbers, in the order of the units', async () => {
			const outcomes = await scene.store.commit([
				{ events: [event('a.one'), event('a.two')] },
				{},
				{ events: [{ ...event('b.one'), agentId: null }] },
			]);
			const answered = outcomes.flatMap((outcome) => (outcome.ok ? outcome.events : []));
			expect(answered.map(({ topic }) => topic)).toEqual(['a.one', 'a.two', 'b.one']);
			expect(answered.map(({ seq }) => seq)).toEqual([...answered.map(({ seq }) => seq)].sort((a, b) => a - b));
			const rows = await scene.rows('events');
			expect(rows.map(({ seq, topic, agent_id }) => ({ seq, topic, agentId: agent_id }))).toEqual(
				answered.map(({ seq, topic, agentId }) => ({ seq, topic, agentId })),
			);
		});

		test('[ST4] numbers grow across calls, also when calls overlap and units fail', async () => {
			const calls = Array.from({ length: 8 }, (_, index) =>
				scene.store.commit([
					step(`a:${index}`, index === 5 ? 9 : 1, { events: [event(`call.${index}`)] }),
					{ events: [event(`after.${index}`)] },
				]),
			);
			const answered = (await Promise.all(calls)).flat().flatMap((outcome) => (outcome.ok ? outcome.events : []));
			const seqs = answered.map(({ seq }) => seq);
			expect(answered).toHaveLength(15);
			expect(new Set(seqs).size).toBe(15);
			expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
		});

		test('[ST4, ST5] a store opened anew has everything and goes on above the highest number', async ({ skip }) => {
			if (!scene.survivesRestart) return skip('nothing outlives the process');
			const [first] = await scene.store.commit([step('a:1', 1, { events: [event('one')] })]);
			await scene.store.commit([step('a:1', 5, { events: [event('refused')] })]);
			await scene.reopen();
			expect(await scene.versions()).toEqual(['a:1@1']);
			const [second] = await scene.store.commit([step('a:1', 2, { events: [event('two')] })]);
			const seqs = [first, second].flatMap((outcome) => (outcome?.ok ? outcome.events : [])).map(({ seq }) => seq);
			expect(seqs).toHaveLength(2);
			expect(seqs[1]).toBeGreaterThan(seqs[0] ?? 0);
			expect(await scene.journalOf()).toEqual(['a:1@1', 'a:1@2']);
		});
	});
	test('[ST1] calls that overlap are written one after the other, in the order asked for', async () => {
		const calls = [1, 2, 3, 4, 5].map((version) => scene.commit(step('a:1', version)));
		expect(await Promise.all(calls)).toEqual([['ok'], ['ok'], ['ok'], ['ok'], ['ok']]);
		expect(await scene.journalOf()).toEqual([1, 2, 3, 4, 5].map((version) => `a:1@${version}`));
	});

	test('a call without units, and a unit without content, write nothing and succeed', async () => {
		expect(await scene.commit()).toEqual([]);
		expect(await scene.commit({}, {})).toEqual(['ok', 'ok']);
	});

	test('a journal row comes back as it was given, with null where nothing is known', async () => {
		const entry = { ...journalEntry('a:1', 1), trigger: null, generation: null };
		await scene.commit({ journal: [entry] });
		expect(await scene.rows('transitions')).toMatchObject([entry]);
	});
}

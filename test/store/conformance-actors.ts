/** The contract of the store port: actors and their versions. */
import { describe, expect, test } from 'vitest';
import { errorOf, loadAll, type Scene, summarize } from './scene.ts';
import { actorWrite, agents, effect, message, promptInsert, step, timer } from './units.ts';

export function describeActors(scene: Scene): void {
	describe('actors', () => {
		test('[ST1] a first step stores the actor exactly as it was given, not quarantined', async () => {
			const write = actorWrite('a:1/kid', 1, { parent: 'a:1', source: 'kid', snapshot: '{"s":"ü€😀\\u0000"}' });
			expect(await scene.commit({ actors: [write] })).toEqual(['ok']);
			expect(await scene.store.readActor('a:1/kid')).toEqual({ ...write, quarantine: null });
		});

		test('an actor that is not stored reads as undefined', async () => {
			expect(await scene.store.readActor('a:1')).toBeUndefined();
		});

		test('steps of one actor in one call end in the last snapshot, and every journal row is written', async () => {
			await scene.commit(step('a:1', 1), step('a:1', 2), step('b:1', 1), step('a:1', 3));
			expect(await scene.versions()).toEqual(['a:1@3', 'b:1@1']);
			expect((await scene.store.readActor('a:1'))?.snapshot).toBe('{"version":3}');
			expect(await scene.journalOf()).toEqual(['a:1@1', 'a:1@2', 'b:1@1', 'a:1@3']);
		});

		test('[ST2] a stale step fails alone with expected and stored version', async () => {
			await scene.commit(step('a:1', 1), step('b:1', 1));
			const outcomes = await scene.store.commit([step('a:1', 3), step('b:1', 2)]);
			expect(summarize(outcomes)).toEqual(['stale_state', 'ok']);
			expect(errorOf(outcomes[0])?.extras).toEqual({ expected: 2, actual: 1 });
			expect(await scene.versions()).toEqual(['a:1@1', 'b:1@2']);
			expect(await scene.journalOf()).toEqual(['a:1@1', 'b:1@1', 'b:1@2']);
		});

		test('[ST2] a first step of an actor that exists fails as actor_exists', async () => {
			await scene.commit(step('a:1', 1));
			expect(await scene.commit(step('a:1', 1))).toEqual(['actor_exists']);
			expect(await scene.commit(step('b:1', 1), step('b:1', 1))).toEqual(['ok', 'actor_exists']);
		});

		test('[ST2] a later step of an actor that is not stored fails as stale', async () => {
			expect(await scene.commit(step('a:1', 2))).toEqual(['stale_state']);
			expect(await scene.versions()).toEqual([]);
		});

		test('[ST2] steps that follow a failed step of their actor fail with it, others are written', async () => {
			await scene.commit(agents('agt_1'), step('a:1', 1), step('b:1', 1));
			const bad = step('a:1', 2, { records: [promptInsert('pmt_1'), promptInsert('pmt_1')] });
			expect(await scene.commit(step('b:1', 2), bad, step('a:1', 3), step('b:1', 3), step('a:1', 4))).toEqual([
				'ok',
				'constraint_violated',
				'stale_state',
				'ok',
				'stale_state',
			]);
			expect(await scene.versions()).toEqual(['a:1@1', 'b:1@3']);
		});

		test('[ST2] two stale actors of one unit, or two steps with a gap, refuse the unit', async () => {
			await scene.commit(step('a:1', 1));
			expect(await scene.commit({ actors: [actorWrite('a:1', 2), actorWrite('b:1', 2)] })).toEqual(['stale_state']);
			expect(await scene.commit({ actors: [actorWrite('a:1', 2), actorWrite('a:1', 4)] })).toEqual(['stale_state']);
			expect(await scene.versions()).toEqual(['a:1@1']);
		});

		test('removing an actor takes its timers, its effects and the messages to it, and nothing else', async () => {
			const all = (address: string, peer: string) =>
				step(address, 1, {
					timersSet: [timer(address, 't')],
					effectsAsked: [effect(address, 1)],
					messagesSent: [message(address, 1, peer)],
				});
			await scene.commit(all('a:1', 'b:1'), all('b:1', 'a:1'));
			expect(await scene.commit({ removed: ['a:1'] })).toEqual(['ok']);
			expect(await scene.versions()).toEqual(['b:1@1']);
			expect((await scene.store.loadTimers()).map(({ address }) => address)).toEqual(['b:1']);
			expect((await scene.store.loadEffects()).map(({ address }) => address)).toEqual(['b:1']);
			expect((await scene.store.loadMessages()).map(({ to }) => to)).toEqual(['b:1']);
			expect(await scene.journalOf()).toEqual(['a:1@1', 'b:1@1']);
		});

		test('an actor written, removed and created anew in one call stands as its last step left it', async () => {
			const outcomes = await scene.commit(
				step('a:1', 1, { timersSet: [timer('a:1', 'old')] }),
				{ removed: ['a:1'] },
				step('a:1', 1, { timersSet: [timer('a:1', 'new')] }),
				step('a:1', 2),
			);
			expect(outcomes).toEqual(['ok', 'ok', 'ok', 'ok']);
			expect(await scene.versions()).toEqual(['a:1@2']);
			expect((await scene.store.loadTimers()).map(({ id }) => id)).toEqual(['new']);
		});

		test('a unit that removes an actor and writes it first replaces it', async () => {
			await scene.commit(step('a:1', 1), step('a:1', 2));
			expect(await scene.commit({ ...step('a:1', 1), removed: ['a:1'] })).toEqual(['ok']);
			expect(await scene.versions()).toEqual(['a:1@1']);
		});

		test('[ST2] a step of an actor that the same call removed fails as stale', async () => {
			await scene.commit(step('a:1', 1));
			expect(await scene.commit({ removed: ['a:1'] }, step('a:1', 2))).toEqual(['ok', 'stale_state']);
		});

		test('loading answers every actor once, parents before their children', async () => {
			const addresses = Array.from({ length: 25 }, (_, index) => `a:${index}`).flatMap((a) => [`${a}/kid`, a]);
			await scene.store.commit(addresses.map((address) => step(address, 1)));
			const loaded = (await loadAll(scene.store)).map(({ address }) => address);
			expect(loaded).toEqual([...addresses].sort());
		});

		test('a quarantined actor keeps its reason through steps until it is taken back', async () => {
			await scene.commit(step('a:1', 1));
			await scene.store.quarantine('a:1', 'unknown state');
			await scene.commit(step('a:1', 2));
			expect((await loadAll(scene.store))[0]?.quarantine).toBe('unknown state');
			await scene.store.quarantine('a:1', null);
			expect((await scene.store.readActor('a:1'))?.quarantine).toBeNull();
		});

		test('quarantining an actor that is not stored is refused', async () => {
			await expect(scene.store.quarantine('a:1', 'gone')).rejects.toMatchObject({ code: 'actor_not_found' });
		});
	});
}

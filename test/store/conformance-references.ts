/** The contract of the store port: rows that belong to a row of another table. */
import { describe, expect, test } from 'vitest';
import type { DomainRecord } from '../../src/durable/store.ts';
import type { Scene } from './scene.ts';
import { agentRow, agents, promptInsert, promptUpdate, requestInsert, runInsert, step } from './units.ts';

const tables = ['agents', 'runs', 'prompts', 'requests'] as const;

const removal = (id: string) => ({ op: 'delete', table: 'agents', id }) as const satisfies DomainRecord;

/** An agent with one row of every kind that belongs to it. */
function family(name: string): readonly DomainRecord[] {
	const agent_id = `agt_${name}`;
	return [
		agentRow(agent_id),
		runInsert(`run_${name}`, { agent_id }),
		promptInsert(`pmt_${name}`, { agent_id, idempotency_key: 'key' }),
		requestInsert(`req_${name}`, { agent_id }),
	];
}

export function describeReferences(scene: Scene): void {
	/** The ids of every row, in the order of the tables. */
	const ids = async () =>
		(await Promise.all(tables.map(scene.rows))).flatMap((rows) => rows.map(({ id }) => String(id)).sort());

	describe('references', () => {
		test.each([
			['run', runInsert('run_1', { agent_id: 'agt_9' })],
			['prompt', promptInsert('pmt_1', { agent_id: 'agt_9' })],
			['request', requestInsert('req_1', { agent_id: 'agt_9' })],
		])('[ST2] a %s of an agent that does not exist fails its unit alone', async (_, record) => {
			await scene.commit(agents('agt_1'));
			const units = [step('a:1', 1), step('b:1', 1, { records: [record] }), { records: [promptInsert('pmt_2')] }];
			expect(await scene.commit(...units)).toEqual(['ok', 'constraint_violated', 'ok']);
			expect(await scene.versions()).toEqual(['a:1@1']);
			expect(await ids()).toEqual(['agt_1', 'pmt_2']);
		});

		test('[ST2] a row cannot be handed to an agent that does not exist', async () => {
			await scene.commit({ records: family('1') });
			const handOver = promptUpdate('pmt_1', { agent_id: 'agt_2' });
			expect(await scene.commit({ records: [handOver] })).toEqual(['constraint_violated']);
			expect(await scene.commit({ records: [handOver] }, agents('agt_2'))).toEqual(['constraint_violated', 'ok']);
			expect(await scene.commit({ records: [handOver, removal('agt_1')] })).toEqual(['ok']);
			expect(await ids()).toEqual(['agt_2', 'pmt_1']);
		});

		test('[ST1] agents and what belongs to them may be written by one unit and by one call', async () => {
			const outcomes = await scene.commit({ records: family('1') }, { records: family('2') }, { records: family('3') });
			expect(outcomes).toEqual(['ok', 'ok', 'ok']);
			expect((await ids()).filter((id) => id.endsWith('_3'))).toEqual(['agt_3', 'run_3', 'pmt_3', 'req_3']);
		});

		test('[ST1] what comes before its agent fails, though the same call writes the agent later', async () => {
			const early = { records: [promptInsert('pmt_2', { agent_id: 'agt_2' })] };
			const outcomes = await scene.commit({ records: family('1') }, early, { records: family('3') }, agents('agt_2'));
			expect(outcomes).toEqual(['ok', 'constraint_violated', 'ok', 'ok']);
			expect(await scene.commit({ records: family('4').toReversed() })).toEqual(['constraint_violated']);
			expect((await ids()).filter((id) => id.startsWith('agt') || id.startsWith('pmt'))).toEqual([
				...['agt_1', 'agt_2', 'agt_3'],
				...['pmt_1', 'pmt_3'],
			]);
		});

		test('removing an agent takes its runs, prompts and requests, and nothing of another agent', async () => {
			await scene.commit({ records: family('1') }, { records: family('2') });
			expect(await scene.commit({ records: [removal('agt_1')] })).toEqual(['ok']);
			expect(await ids()).toEqual(['agt_2', 'run_2', 'pmt_2', 'req_2']);
		});

		test('[ST1] of one call, what comes before the removal goes and what comes after it fails', async () => {
			await scene.commit(agents('agt_1', 'agt_2'));
			const outcomes = await scene.commit(
				{ records: [promptInsert('pmt_1'), promptInsert('pmt_2', { agent_id: 'agt_2' })] },
				{ records: [removal('agt_1')] },
				{ records: [promptUpdate('pmt_1', { status: 'running' })] },
				{ records: [promptInsert('pmt_3')] },
				{ records: [promptInsert('pmt_4', { agent_id: 'agt_2' })] },
			);
			expect(outcomes).toEqual(['ok', 'ok', 'ok', 'constraint_violated', 'ok']);
			expect(await ids()).toEqual(['agt_2', 'pmt_2', 'pmt_4']);
		});

		test('[ST1] an agent removed and created anew in one call has only what came after', async () => {
			const anew = [agentRow('agt_1'), promptInsert('pmt_2', { idempotency_key: 'key' })];
			const outcomes = await scene.commit(
				{ records: family('1') },
				{ records: [removal('agt_1')] },
				{ records: anew },
				{ records: [promptInsert('pmt_1', { idempotency_key: 'other' })] },
			);
			expect(outcomes).toEqual(['ok', 'ok', 'ok', 'ok']);
			expect(await ids()).toEqual(['agt_1', 'pmt_1', 'pmt_2']);
		});

		test('[ST2] an id is free only once the agent that holds it through a prompt is removed', async () => {
			await scene.commit({ records: family('1') }, agents('agt_2'));
			const taking = { records: [promptInsert('pmt_1', { agent_id: 'agt_2', text: 'mine' })] };
			const outcomes = await scene.commit(taking, { records: [removal('agt_1')] }, taking);
			expect(outcomes).toEqual(['constraint_violated', 'ok', 'ok']);
			expect(await scene.rows('prompts')).toMatchObject([{ id: 'pmt_1', agent_id: 'agt_2', text: 'mine' }]);
		});

		test('[ST1] of one call that removes several agents each takes what was its own at its turn', async () => {
			await scene.commit({ records: family('1') }, { records: family('2') }, agents('agt_3'));
			const handOver = { op: 'update', table: 'requests', id: 'req_2', set: { agent_id: 'agt_3' } } as const;
			const outcomes = await scene.commit(
				{ records: [removal('agt_1')] },
				{ records: [handOver] },
				{
					records: [removal('agt_2')],
				},
			);
			expect(outcomes).toEqual(['ok', 'ok', 'ok']);
			expect(await ids()).toEqual(['agt_3', 'req_2']);
		});

		test('[ST2] of one call that removes several agents none frees an id before its turn', async () => {
			await scene.commit({ records: family('1') }, { records: family('2') }, agents('agt_3'));
			const taking = { records: [promptInsert('pmt_2', { agent_id: 'agt_3' })] };
			const [first, second] = [{ records: [removal('agt_1')] }, { records: [removal('agt_2')] }];
			expect(await scene.commit(first, taking, second)).toEqual(['ok', 'constraint_violated', 'ok']);
			expect(await ids()).toEqual(['agt_3']);
		});

		test('[ST2] a row handed to an agent that does not exist fails, though a later unit hands it to one that does', async () => {
			await scene.commit({ records: family('1') }, agents('agt_2'));
			const handTo = (agent_id: string) => ({
				records: [{ op: 'update', table: 'requests', id: 'req_1', set: { agent_id } } as const],
			});
			expect(await scene.commit(handTo('agt_9'), handTo('agt_2'))).toEqual(['constraint_violated', 'ok']);
			expect(await scene.rows('requests')).toMatchObject([{ agent_id: 'agt_2' }]);
		});

		test('[ST1] a unit that fails after it removed an agent takes nothing with it', async () => {
			await scene.commit({ records: family('1') }, { records: family('2') });
			const before = await Promise.all(tables.map(scene.rows));
			expect(await scene.commit({ records: [removal('agt_1'), agentRow('agt_2')] })).toEqual(['constraint_violated']);
			expect(await Promise.all(tables.map(scene.rows))).toEqual(before);
			expect(await scene.commit({ records: [promptInsert('pmt_3', { idempotency_key: 'key' })] })).toEqual([
				'constraint_violated',
			]);
		});
	});
}

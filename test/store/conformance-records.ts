/** The contract of the store port: rows of the parts' own tables. */
import { describe, expect, test } from 'vitest';
import type { Scene } from './scene.ts';
import { agentRow, agents, at, promptInsert, promptUpdate, step } from './units.ts';

export function describeRecords(scene: Scene): void {
	describe('records', () => {
		test('every kind of value comes back as it went in', async () => {
			const record = agentRow('agt_1', {
				name: 'quote " \' ü😀 \\ \n NUL \0 end',
				auto_start: false,
				labels: '{"a":"\\u0000"}',
			});
			expect(await scene.commit({ records: [record] })).toEqual(['ok']);
			const { row } = record;
			const name = scene.keepsNul ? row.name : String(row.name).replaceAll('\0', '\uFFFD');
			expect(await scene.rows('agents')).toEqual([{ ...row, name }]);
		});

		test('text that looks like a number or like JSON stays text', async () => {
			await scene.commit(agents('agt_1'));
			await scene.commit({
				records: [promptInsert('pmt_1', { text: '0012', content: 'null', idempotency_key: '1e3' })],
			});
			expect((await scene.rows('prompts'))[0]).toMatchObject({
				text: '0012',
				content: 'null',
				idempotency_key: '1e3',
			});
		});

		test('columns left out of an insert are null', async () => {
			await scene.commit(agents('agt_1'), { records: [promptInsert('pmt_1')] });
			expect((await scene.rows('prompts'))[0]).toMatchObject({ result: null, finished_at: null });
		});

		test('[ST1] a row inserted, updated, deleted and inserted again in one call ends as last inserted', async () => {
			await scene.commit(agents('agt_1'));
			const outcomes = await scene.commit(
				{ records: [promptInsert('pmt_1'), promptUpdate('pmt_1', { status: 'running', started_at: at })] },
				{ records: [{ op: 'delete', table: 'prompts', id: 'pmt_1' }, promptInsert('pmt_2')] },
				{ records: [promptInsert('pmt_1', { text: 'again' }), promptUpdate('pmt_2', { status: 'running' })] },
			);
			expect(outcomes).toEqual(['ok', 'ok', 'ok']);
			const rows = await scene.rows('prompts');
			expect(rows.map(({ id, text, status }) => [id, text, status]).sort()).toEqual([
				['pmt_1', 'again', 'queued'],
				['pmt_2', 'do it', 'running'],
			]);
		});

		test('[ST1] of updates of one row in one call the last wins, column by column', async () => {
			await scene.commit(agents('agt_1'), { records: [promptInsert('pmt_1'), promptInsert('pmt_2')] });
			await scene.commit(
				{ records: [promptUpdate('pmt_1', { status: 'running', generation: 1 })] },
				{ records: [promptUpdate('pmt_2', { status: 'running', generation: 7 })] },
				{ records: [promptUpdate('pmt_1', { status: 'finished' })] },
				{ records: [promptUpdate('pmt_1', { status: 'failed', generation: 2 })] },
				{ records: [promptUpdate('pmt_1', { status: 'interrupted' })] },
			);
			const rows = await scene.rows('prompts');
			expect(rows.map(({ id, status, generation }) => `${id} ${status} ${generation}`).sort()).toEqual([
				'pmt_1 interrupted 2',
				'pmt_2 running 7',
			]);
		});

		test('an update or deletion of a row that does not exist changes nothing', async () => {
			expect(await scene.commit({ records: [promptUpdate('pmt_1', { status: 'running' })] })).toEqual(['ok']);
			expect(await scene.commit({ records: [{ op: 'delete', table: 'prompts', id: 'pmt_1' }] })).toEqual(['ok']);
			expect(await scene.rows('prompts')).toEqual([]);
		});

		test('[ST2] a unit that violates a constraint leaves nothing behind, the others of the call are written', async () => {
			await scene.commit(agents('agt_1'));
			const unit = (id: string, key: string) =>
				step(`a:${id}`, 1, { records: [promptInsert(id, { idempotency_key: key })] });
			const units = Array.from({ length: 20 }, (_, index) =>
				unit(`pmt_${index}`, index === 13 ? 'key 4' : `key ${index}`),
			);
			const outcomes = await scene.commit(...units);
			expect(outcomes.map((outcome, index) => `${index} ${outcome}`).filter((each) => !each.endsWith('ok'))).toEqual([
				'13 constraint_violated',
			]);
			expect(await scene.rows('prompts')).toHaveLength(19);
			expect(await scene.versions()).not.toContain('a:pmt_13@1');
		});

		test('[ST2] of one call no deletion frees a unique value before its turn', async () => {
			await scene.commit(agents('agt_1'), {
				records: [promptInsert('pmt_1'), promptInsert('pmt_2', { idempotency_key: 'key' })],
			});
			const remove = (id: string) => ({ records: [{ op: 'delete', table: 'prompts', id } as const] });
			const taking = { records: [promptInsert('pmt_3', { idempotency_key: 'key' })] };
			expect(await scene.commit(remove('pmt_1'), taking, remove('pmt_2'))).toEqual(['ok', 'constraint_violated', 'ok']);
			expect(await scene.rows('prompts')).toEqual([]);
		});

		test('[ST2] a required column that is missing or set to null is a violated constraint', async () => {
			await scene.commit(agents('agt_1'), { records: [promptInsert('pmt_1')] });
			expect(await scene.commit({ records: [promptUpdate('pmt_1', { status: null })] })).toEqual([
				'constraint_violated',
			]);
			expect(await scene.commit({ records: [{ op: 'insert', table: 'settings', row: { id: 'x' } }] })).toEqual([
				'constraint_violated',
			]);
		});

		test('a unique value may pass from one row to another within a unit', async () => {
			await scene.commit({ records: [agentRow('agt_1', { name: 'ada' })] });
			const rename = { op: 'update', table: 'agents', id: 'agt_1', set: { name: 'old ada' } } as const;
			expect(await scene.commit({ records: [rename, agentRow('agt_2', { name: 'ada' })] })).toEqual(['ok']);
			expect(await scene.commit({ records: [agentRow('agt_3', { name: 'ada' })] })).toEqual(['constraint_violated']);
		});

		test.each([
			['an unknown table', { op: 'delete', table: 'nonsense', id: 'x' }],
			['a table of the core', { op: 'delete', table: 'actors', id: 'x' }],
			['an unknown column', promptUpdate('pmt_1', { colour: 'red' })],
			['a property name in place of a column', promptUpdate('pmt_1', { agentId: 'agt_1' })],
			['a number in a text column', promptUpdate('pmt_1', { status: 1 })],
			['a fraction in an integer column', promptUpdate('pmt_1', { generation: 1.5 })],
			['text in a boolean column', promptUpdate('pmt_1', { repeatable: 'yes' })],
			['a change of the id', promptUpdate('pmt_1', { id: 'pmt_2' })],
		] as const)('[ST2] %s is a bug of that unit alone', async (_, record) => {
			expect(await scene.commit(step('a:1', 1, { records: [record] }), step('b:1', 1))).toEqual(['internal', 'ok']);
			expect(await scene.versions()).toEqual(['b:1@1']);
		});
	});
}

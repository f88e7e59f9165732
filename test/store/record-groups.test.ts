/** What the contract cannot show: that records share statements, and that none is refused needlessly. */
import { expect, test } from 'vitest';
import type { DomainRecord } from '../../src/durable/store.ts';
import { createRecordGroups } from '../../src/store/record-groups.ts';
import { sqliteStatements } from '../../src/store/sqlite/statements.ts';
import { readRecordTables } from '../../src/store/tables.ts';
import { agentRow, promptInsert, promptUpdate, runInsert } from './units.ts';

const tables = readRecordTables();

/** The statements as operation, table and number of rows. */
function group(...records: readonly DomainRecord[]): string[] {
	const groups = createRecordGroups(sqliteStatements, tables, false);
	for (const record of records) groups.add(record);
	return groups.toStatements().map(({ sql, parameter }) => {
		const [, op, table] = sql.match(/^(INSERT|UPDATE|DELETE)[^"]*"(\w+)"/) ?? [];
		return `${op} ${table} ${JSON.parse(parameter).length}`;
	});
}

const run = (agent: number) => runInsert(`run_${agent}`, { agent_id: `agt_${agent}` });
const prompt = (agent: number) => promptInsert(`pmt_${agent}`, { agent_id: `agt_${agent}` });
const start = (agent: number) =>
	({ op: 'update', table: 'agents', id: `agt_${agent}`, set: { generation: 1 } }) as const;

test('a fleet created and started in one call is one statement for each table and kind of change', () => {
	const numbers = Array.from({ length: 50 }, (_, index) => index);
	const records = numbers.flatMap((agent) => [
		agentRow(`agt_${agent}`),
		prompt(agent),
		run(agent),
		promptUpdate(`pmt_${agent}`, { status: 'running' }),
		start(agent),
	]);
	expect(group(...records)).toEqual([
		'INSERT agents 50',
		'INSERT prompts 50',
		'INSERT runs 50',
		'UPDATE prompts 50',
		'UPDATE agents 50',
	]);
});

test('a row stays behind the insertion of its agent, and joins the rows that come after it', () => {
	const records = [run(1), agentRow('agt_2'), run(2), agentRow('agt_3'), run(3)];
	expect(group(...records)).toEqual(['INSERT runs 1', 'INSERT agents 2', 'INSERT runs 2']);
});

test('removals that follow each other are one statement', () => {
	const remove = (agent: number) => ({ op: 'delete', table: 'agents', id: `agt_${agent}` }) as const;
	expect(group(prompt(1), remove(2), start(4), remove(3), prompt(4))).toEqual([
		'INSERT prompts 1',
		'DELETE agents 2',
		'UPDATE agents 1',
		'INSERT prompts 1',
	]);
});

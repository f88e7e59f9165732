import { beforeEach, describe, expect, test } from 'vitest';
import type { ColumnValue, DomainRecord, WriteUnit } from '../../src/durable/store.ts';
import type { Queries } from '../../src/store/queries.ts';
import type { SqliteStore } from '../../src/store/sqlite-store.ts';
import { openQueriedStore } from '../support/queried-store.ts';
import { agentRow, agents, at, promptInsert, requestInsert, runInsert, step } from './units.ts';

let store: SqliteStore;
let queries: Queries;
beforeEach(async () => {
	({ store, queries } = await openQueriedStore());
});

const all = { limit: 50, offset: 0 };

async function write(...units: readonly WriteUnit[]): Promise<void> {
	for (const outcome of await store.commit(units)) if (!outcome.ok) throw outcome.error;
}

function insert(table: string, row: Readonly<Record<string, ColumnValue>>): DomainRecord {
	return { op: 'insert', table, row };
}

describe('agents', () => {
	test('an agent is found by id, then by name, with JSON parsed and times as numbers', async () => {
		const error = JSON.stringify({ code: 'process_crashed', message: 'gone', retryable: true });
		await write({
			records: [
				agentRow('agt_1', { name: 'ada', error, usage: '{"inputTokens":7}' }),
				agentRow('agt_2', { name: 'agt_3' }),
			],
		});
		const ada = await queries.agent('ada');
		expect(ada).toEqual(await queries.agent('agt_1'));
		expect(ada).toEqual({
			id: 'agt_1',
			name: 'ada',
			driver: { kind: 'claude' },
			cwd: '/work',
			autoStart: true,
			restart: {},
			interruptedTurn: 'fail',
			policy: null,
			budget: null,
			labels: { team: 'red' },
			connectTokenHash: null,
			executionState: 'idle',
			substate: null,
			status: 'running',
			tags: ['alive'],
			version: 1,
			generation: 1,
			pid: 4711,
			sessionId: null,
			queuedPrompts: 0,
			openRequests: 0,
			error: { code: 'process_crashed', message: 'gone', retryable: true },
			usage: { inputTokens: 7 },
			startedAt: at,
			completedAt: null,
			stateChangedAt: at,
			lastSeenAt: null,
			createdAt: at,
			updatedAt: at,
		});
		expect(await queries.agent('agt_9')).toBeUndefined();
	});

	test('a list is filtered by state and labels, in the order of creation, with the number of all matches', async () => {
		const labels = (team: string, tier: string) => JSON.stringify({ team, tier, 'a.b "c"': 'x' });
		await write({
			records: Array.from({ length: 8 }, (_, index) =>
				agentRow(`agt_${index}`, {
					execution_state: index < 4 ? 'idle' : 'busy',
					labels: labels(index % 2 === 0 ? 'red' : 'blue', 'gold'),
					created_at: at - index,
				}),
			),
		});
		const list = async (...query: Parameters<Queries['agents']>) => {
			const { items, total } = await queries.agents(...query);
			return `${items.map(({ id }) => id.slice(4)).join('')} of ${total}`;
		};
		expect(await list({}, all)).toBe('76543210 of 8');
		expect(await list({}, { limit: 3, offset: 2 })).toBe('543 of 8');
		expect(await list({ executionState: 'busy' }, all)).toBe('7654 of 4');
		expect(await list({ labels: { team: 'red' } }, { limit: 2, offset: 1 })).toBe('42 of 4');
		expect(await list({ executionState: 'busy', labels: { team: 'red', tier: 'gold' } }, all)).toBe('64 of 2');
		expect(await list({ labels: { 'a.b "c"': 'x', team: 'blue' } }, all)).toBe('7531 of 4');
		expect(await list({ labels: { team: 'green' } }, all)).toBe(' of 0');
	});

	test('runs of an agent come newest first', async () => {
		const run = (generation: number, agentId = 'agt_1') =>
			runInsert(`run_${agentId}_${generation}`, {
				agent_id: agentId,
				generation,
				state: 'failed',
				error: '{"code":"spawn_failed"}',
			});
		await write(agents('agt_1', 'agt_2'), { records: [run(1), run(2), run(1, 'agt_2'), run(3)] });
		const { items, total } = await queries.runs('agt_1', { limit: 2, offset: 0 });
		expect(items.map(({ generation }) => generation)).toEqual([3, 2]);
		expect(total).toBe(3);
		expect(items[0]).toMatchObject({
			startedAt: at,
			completedAt: null,
			error: { code: 'spawn_failed' },
			exitCode: null,
		});
	});
});

describe('prompts and requests', () => {
	test('prompts come newest first, by status, by id and by idempotency key', async () => {
		await write(agents('agt_1', 'agt_2'), {
			records: [
				promptInsert('pmt_1', { idempotency_key: 'k', content: '[{"type":"text","text":"hi"}]' }),
				promptInsert('pmt_2', {
					created_at: at + 1,
					status: 'finished',
					result: '{"text":"done","stopReason":"end_turn","usage":null}',
					repeatable: true,
				}),
				promptInsert('pmt_3', { agent_id: 'agt_2', idempotency_key: 'k' }),
			],
		});
		expect((await queries.prompts('agt_1', {}, all)).items.map(({ id }) => id)).toEqual(['pmt_2', 'pmt_1']);
		expect(await queries.prompts('agt_1', { status: 'queued' }, all)).toMatchObject({
			items: [{ id: 'pmt_1' }],
			total: 1,
		});
		expect(await queries.prompt('pmt_2')).toMatchObject({
			repeatable: true,
			result: { text: 'done' },
			createdAt: at + 1,
		});
		expect(await queries.promptByKey('agt_1', 'k')).toMatchObject({
			id: 'pmt_1',
			content: [{ type: 'text', text: 'hi' }],
		});
		expect(await queries.promptByKey('agt_1', 'other')).toBeUndefined();
		expect(await queries.prompt('pmt_9')).toBeUndefined();
	});

	test('requests are filtered by status and agent, the longest waiting first', async () => {
		await write(agents('agt_1', 'agt_2'), {
			records: [
				requestInsert('req_1'),
				requestInsert('req_2', { asked_at: at - 1 }),
				requestInsert('req_3', { agent_id: 'agt_2' }),
				requestInsert('req_4', { status: 'answered', answer: '{"optionId":"yes"}', settled_at: at + 5 }),
			],
		});
		const ids = async (filter: Parameters<Queries['requests']>[0]) =>
			(await queries.requests(filter, all)).items.map(({ id }) => id);
		expect(await ids({ status: 'open' })).toEqual(['req_2', 'req_1', 'req_3']);
		expect(await ids({ status: 'open', agentId: 'agt_1' })).toEqual(['req_2', 'req_1']);
		expect(await ids({})).toHaveLength(4);
		expect(await queries.request('req_4')).toMatchObject({
			kind: 'permission',
			detail: { tool: 'bash' },
			options: [{ id: 'yes' }],
			answer: { optionId: 'yes' },
			settledAt: at + 5,
			deadlineAt: null,
		});
		expect(await queries.request('req_9')).toBeUndefined();
	});
});

describe('the journal', () => {
	test('transitions of one address come oldest first, page by page, across the blocks of the index', async () => {
		const steps = Array.from({ length: 700 }, (_, index) => [
			step('agent:agt_1', index + 1),
			step('agent:agt_2', index + 1),
		]);
		await write(...steps.flat());
		const { items, total } = await queries.transitions('agent:agt_2', { limit: 200, offset: 450 });
		expect(total).toBe(700);
		expect(items.map(({ version }) => version)).toEqual(Array.from({ length: 200 }, (_, index) => index + 451));
		expect(items[0]).toEqual({
			seq: 902,
			address: 'agent:agt_2',
			version: 451,
			from: 's450',
			to: 's451',
			event: { type: 'STEP', version: 451 },
			trigger: 'Spawn',
			cause: 'send',
			generation: 1,
			at,
		});
		expect(await queries.transitions('agent:agt_9', all)).toEqual({ items: [], total: 0 });
	});

	test('a snapshot is read with its machine, quarantined actors with their reason', async () => {
		await write(step('agent:agt_1', 1), step('agent:agt_2', 1));
		await store.quarantine('agent:agt_2', 'unknown state');
		expect(await queries.snapshot('agent:agt_1')).toEqual({
			address: 'agent:agt_1',
			machineId: 'agent',
			machineVersion: 1,
			definitionHash: 'hash',
			version: 1,
			snapshot: { version: 1 },
		});
		expect(await queries.snapshot('agent:agt_9')).toBeUndefined();
		expect(await queries.quarantined()).toEqual([
			{ address: 'agent:agt_2', machineId: 'agent', machineVersion: 1, version: 1, reason: 'unknown state' },
		]);
	});

	test('a snapshot that is not JSON is shown as it is', async () => {
		const unit = step('agent:agt_1', 1);
		await write({ ...unit, actors: (unit.actors ?? []).map((actor) => ({ ...actor, snapshot: '{broken' })) });
		expect((await queries.snapshot('agent:agt_1'))?.snapshot).toBe('{broken');
	});
});

describe('events', () => {
	const event = (topic: string, agentId: string | null) => ({ topic, agentId, at, data: JSON.stringify({ topic }) });
	const read = async (query: Partial<Parameters<Queries['events']>[0]>) =>
		(await queries.events({ after: 0, limit: 100, ...query })).map(({ seq }) => seq);

	test('events above the cursor come in order, by agents and by topics or prefixes of them', async () => {
		await write({
			events: [
				event('agent.state.changed', 'agt_1'),
				event('agent.state.changed', 'agt_2'),
				event('agent.stated', 'agt_1'),
				event('prompt.finished', 'agt_2'),
				event('system.started', null),
			],
		});
		expect(await read({})).toEqual([1, 2, 3, 4, 5]);
		expect(await read({ after: 2, limit: 2 })).toEqual([3, 4]);
		expect(await read({ agentIds: ['agt_1'] })).toEqual([1, 3]);
		expect(await read({ agentIds: ['agt_2', 'agt_1', 'agt_1'], after: 1, limit: 2 })).toEqual([2, 3]);
		expect(await read({ agentIds: [] })).toEqual([]);
		expect(await read({ topics: ['agent.state.'] })).toEqual([1, 2]);
		expect(await read({ topics: ['agent.'] })).toEqual([1, 2, 3]);
		expect(await read({ topics: ['agent.state'] })).toEqual([]);
		expect(await read({ topics: ['prompt.finished', 'system.'], agentIds: ['agt_2'] })).toEqual([4]);
		expect(await queries.lastEventSeq()).toBe(5);
		expect((await queries.events({ after: 4, limit: 1 }))[0]).toEqual({
			seq: 5,
			topic: 'system.started',
			agentId: null,
			at,
			data: { topic: 'system.started' },
		});
	});

	test('events of a quiet agent are found far behind the cursor, each once', async () => {
		const noise = Array.from({ length: 3_000 }, () => event('noise.made', 'agt_1'));
		for (let round = 0; round < 5; round++) await write({ events: noise }, { events: [event('rare.seen', 'agt_2')] });
		expect(await read({ agentIds: ['agt_2'] })).toEqual([3001, 6002, 9003, 12004, 15005]);
		expect(await read({ agentIds: ['agt_2'], after: 6002, limit: 2 })).toEqual([9003, 12004]);
		const page = await read({ agentIds: ['agt_1'], after: 2_990, limit: 2_000 });
		expect(page).toHaveLength(2_000);
		expect(page.slice(9, 12)).toEqual([3000, 3002, 3003]);
	});

	test('there is no last event before the first', async () => {
		expect(await queries.lastEventSeq()).toBe(0);
		expect(await read({ agentIds: ['agt_1'] })).toEqual([]);
	});
});

describe('access', () => {
	test('a token is found by its hash and listed without it', async () => {
		const token = (id: string, createdAt: number) =>
			insert('tokens', { id, name: id, hash: `hash of ${id}`, scopes: '["read","prompt"]', created_at: createdAt });
		await write({ records: [token('tok_2', at + 1), token('tok_1', at)] });
		expect(await queries.tokenByHash('hash of tok_1')).toEqual({ name: 'tok_1', scopes: ['read', 'prompt'] });
		expect(await queries.tokenByHash('other')).toBeUndefined();
		expect(await queries.tokens()).toEqual([
			{ id: 'tok_1', name: 'tok_1', scopes: ['read', 'prompt'], createdAt: at },
			{ id: 'tok_2', name: 'tok_2', scopes: ['read', 'prompt'], createdAt: at + 1 },
		]);
	});

	test('idempotency keys and settings are read by id', async () => {
		const key = insert('idempotency_keys', {
			id: 'ada k',
			hash: 'h',
			resource: '/agents/agt_1',
			status: 201,
			created_at: at,
		});
		await write({ records: [key] });
		await store.saveSetting('instance', 'one');
		expect(await queries.idempotencyKey('ada k')).toEqual({ hash: 'h', resource: '/agents/agt_1', status: 201 });
		expect(await queries.idempotencyKey('other')).toBeUndefined();
		expect(await queries.setting('instance')).toBe('one');
		expect(await queries.setting('other')).toBeUndefined();
	});
});

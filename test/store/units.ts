/** Small write units for the tests of the store. */
import type {
	ActorWrite,
	ColumnValue,
	DomainRecord,
	JournalEntry,
	StoredEffect,
	StoredMessage,
	StoredTimer,
	WriteUnit,
} from '../../src/durable/store.ts';

type Values = Readonly<Record<string, ColumnValue>>;

export const at = 1_767_225_600_123;

export function actorWrite(address: string, version: number, change: Partial<ActorWrite> = {}): ActorWrite {
	return {
		address,
		parent: null,
		source: null,
		machineId: 'agent',
		machineVersion: 1,
		definitionHash: 'hash',
		version,
		status: 'active',
		snapshot: JSON.stringify({ version }),
		...change,
	};
}

export function journalEntry(address: string, version: number): JournalEntry {
	return {
		address,
		version,
		from: version === 1 ? null : `s${version - 1}`,
		to: `s${version}`,
		event: JSON.stringify({ type: 'STEP', version }),
		trigger: 'Spawn',
		cause: 'send',
		generation: 1,
		at,
	};
}

/** One step of an actor with its journal row, and whatever else it causes. */
export function step(address: string, version: number, rest: WriteUnit = {}): WriteUnit {
	return { actors: [actorWrite(address, version)], journal: [journalEntry(address, version)], ...rest };
}

export function timer(address: string, id: string, dueAt = at): StoredTimer {
	return { address, id, target: address, event: '{"type":"DUE"}', dueAt };
}

export function effect(address: string, version: number, index = 0): StoredEffect {
	return {
		id: `${address}/${version}/${index}`,
		address,
		name: 'launch',
		params: '{"command":"claude"}',
		attempts: 0,
		nextAttemptAt: at,
		lastError: null,
	};
}

export function message(from: string, version: number, to: string): StoredMessage {
	return { id: `${from}/${version}/0`, from, to, event: '{"type":"HELLO"}', sentAt: at };
}

export function promptInsert(id: string, change: Values = {}) {
	const row = { id, agent_id: 'agt_1', status: 'queued', text: 'do it', repeatable: false, created_at: at, ...change };
	return { op: 'insert', table: 'prompts', row } as const satisfies DomainRecord;
}

export function promptUpdate(id: string, set: Values) {
	return { op: 'update', table: 'prompts', id, set } as const satisfies DomainRecord;
}

export function runInsert(id: string, change: Values = {}) {
	const row = { id, agent_id: 'agt_1', generation: 1, state: 'running', started_at: at, ...change };
	return { op: 'insert', table: 'runs', row } as const satisfies DomainRecord;
}

export function requestInsert(id: string, change: Values = {}) {
	const row = {
		id,
		agent_id: 'agt_1',
		key: '7',
		kind: 'permission',
		title: 'Run tests?',
		detail: '{"tool":"bash"}',
		options: '[{"id":"yes"}]',
		status: 'open',
		asked_at: at,
		...change,
	};
	return { op: 'insert', table: 'requests', row } as const satisfies DomainRecord;
}

/** A unit that creates agents: what runs, prompts and requests belong to must be there before them. */
export function agents(...ids: readonly string[]): WriteUnit {
	return { records: ids.map((id) => agentRow(id)) };
}

export function agentRow(id: string, change: Values = {}) {
	const row = {
		id,
		name: id,
		driver: '{"kind":"claude"}',
		cwd: '/work',
		auto_start: true,
		restart: '{}',
		interrupted_turn: 'fail',
		policy: null,
		budget: null,
		labels: '{"team":"red"}',
		connect_token_hash: null,
		execution_state: 'idle',
		substate: null,
		status: 'running',
		tags: '["alive"]',
		version: 1,
		generation: 1,
		pid: 4711,
		session_id: null,
		queued_prompts: 0,
		open_requests: 0,
		error: null,
		usage: null,
		started_at: at,
		completed_at: null,
		state_changed_at: at,
		last_seen_at: null,
		created_at: at,
		updated_at: at,
		...change,
	};
	return { op: 'insert', table: 'agents', row } as const satisfies DomainRecord;
}

/** Write units by chance, repeatable from a seed: few addresses and ids, so that they meet often. */
import type { DomainRecord, StoredMessage, WriteUnit } from '../../src/durable/store.ts';
import { createRandom } from '../support/random.ts';
import {
	actorWrite,
	agentRow,
	at,
	effect,
	journalEntry,
	message,
	promptInsert,
	promptUpdate,
	requestInsert,
	runInsert,
	timer,
} from './units.ts';

export interface Dice {
	/** A whole number from 0, below `limit`. */
	below(limit: number): number;
	chance(probability: number): boolean;
}

export function createDice(seed: number): Dice {
	const next = createRandom(seed);
	return {
		below: (limit) => Math.floor(next() * limit),
		chance: (probability) => next() < probability,
	};
}

/** Makes units that are mostly right, sometimes stale or refused. */
export function createUnitSource(dice: Dice): () => WriteUnit {
	const address = () => `a:${dice.below(5)}`;
	const sometimes = <Value>(probability: number, create: () => Value): Value[] =>
		dice.chance(probability) ? [create()] : [];
	const createStep = createStepSource(dice, address);
	const createRecord = createRecordSource(dice);
	const effectId = () => `${address()}/${dice.below(3)}/0`;

	/** A message's id names the step that sent it, and so, always, the same receiver. */
	function createMessage(from: string, version: number): StoredMessage {
		return message(from, version, `a:${(Number(from.slice(2)) + version) % 5}`);
	}

	return () => {
		const owner = address();
		return {
			...(dice.chance(0.7) ? createStep() : {}),
			timersCleared: sometimes(0.2, () => ({ address: address(), id: `t${dice.below(2)}` })),
			timersSet: sometimes(0.3, () => timer(owner, `t${dice.below(2)}`, at + dice.below(1e6))),
			effectsAsked: sometimes(0.3, () => effect(owner, dice.below(3))),
			effectsRetried: sometimes(0.2, () => ({
				id: effectId(),
				attempts: dice.below(9),
				nextAttemptAt: dice.chance(0.5) ? at : null,
				lastError: null,
			})),
			effectsSettled: sometimes(0.3, effectId),
			messagesSent: sometimes(0.3, () => createMessage(owner, dice.below(3))),
			messagesConsumed: sometimes(0.3, effectId),
			records: createRecords(dice, createRecord),
			events: sometimes(0.3, () => ({ topic: 'a.b', agentId: owner, at, data: String(dice.below(1e6)) })),
		};
	};
}

/** Makes units of records alone, which seldom fail: so that whole batches are written at once. */
export function createRecordUnitSource(dice: Dice): () => WriteUnit {
	const createRecord = createRecordSource(dice);
	return () => ({ records: createRecords(dice, createRecord) });
}

function createRecords(dice: Dice, createRecord: () => DomainRecord): DomainRecord[] {
	return Array.from({ length: dice.below(4) }, createRecord);
}

function createStepSource(dice: Dice, address: () => string) {
	const versions = new Map<string, number>();
	return (): Pick<WriteUnit, 'actors' | 'journal' | 'removed'> => {
		const actor = address();
		const removes = dice.chance(0.15);
		const follows = dice.chance(0.9) ? (removes ? 0 : (versions.get(actor) ?? 0)) : dice.below(5);
		if (removes && dice.chance(0.5)) {
			versions.delete(actor);
			return { removed: [actor] };
		}
		versions.set(actor, follows + 1);
		return {
			...(removes ? { removed: [actor] } : {}),
			actors: [actorWrite(actor, follows + 1, { snapshot: String(dice.below(1e6)) })],
			journal: [journalEntry(actor, follows + 1)],
		};
	};
}

/** Agents come and go; runs, prompts and requests are mostly of agents that are there, under new ids. */
function createRecordSource(dice: Dice): () => DomainRecord {
	const alive = new Set<string>();
	const last = { run: 0, pmt: 0, req: 0 };
	type Prefix = keyof typeof last;
	const oldId = (prefix: Prefix): string => `${prefix}_${Math.max(1, last[prefix] - dice.below(4))}`;
	const newId = (prefix: Prefix): string => (dice.chance(0.85) ? `${prefix}_${++last[prefix]}` : oldId(prefix));
	const status = (): string => `s${dice.below(9)}`;
	const key = (): string => `k${dice.below(6)}`;
	const agentId = (): string =>
		(dice.chance(0.95) ? [...alive][dice.below(alive.size)] : undefined) ?? `agt_${dice.below(4)}`;

	function createAgentRecord(): DomainRecord {
		const id = `agt_${dice.below(4)}`;
		const known = alive.has(id) === dice.chance(0.95);
		const name = dice.chance(0.1) ? { name: `n${dice.below(3)}` } : {};
		if (!known) {
			alive.add(id);
			return agentRow(id, name);
		}
		if (dice.chance(0.5)) {
			alive.delete(id);
			return { op: 'delete', table: 'agents', id };
		}
		return { op: 'update', table: 'agents', id, set: { execution_state: status(), ...name } };
	}

	function createInsert(): DomainRecord {
		const agent_id = agentId();
		switch (dice.below(4)) {
			case 0:
				return runInsert(newId('run'), { agent_id, generation: dice.below(99) });
			case 1:
				return requestInsert(newId('req'), { agent_id });
			case 2:
				return promptInsert(newId('pmt'), { agent_id, idempotency_key: key() });
			default:
				return promptInsert(newId('pmt'), { agent_id });
		}
	}

	function createUpdate(): DomainRecord {
		switch (dice.below(5)) {
			case 0:
				return promptUpdate(oldId('pmt'), { idempotency_key: dice.chance(0.5) ? key() : null });
			case 1:
				return { op: 'update', table: 'requests', id: oldId('req'), set: { agent_id: agentId() } };
			case 2:
				return promptUpdate(oldId('pmt'), { status: status(), generation: dice.below(9) });
			default:
				return promptUpdate(oldId('pmt'), { status: status() });
		}
	}

	return () => {
		const kind = dice.below(10);
		if (kind < 3) return createAgentRecord();
		if (kind < 6) return createInsert();
		if (kind < 8) return createUpdate();
		return { op: 'delete', table: 'prompts', id: oldId('pmt') };
	};
}

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
	let last = 0;
	const newId = (): string => String(dice.chance(0.9) ? ++last : Math.max(1, last - dice.below(6)));
	const oldId = (): string => String(Math.max(1, last - dice.below(9)));
	const agentId = (): string =>
		(dice.chance(0.95) ? [...alive][dice.below(alive.size)] : undefined) ?? `agt_${dice.below(4)}`;

	function createAgentRecord(): DomainRecord {
		const id = `agt_${dice.below(4)}`;
		const known = alive.has(id) === dice.chance(0.95);
		if (!known) {
			alive.add(id);
			return agentRow(id, dice.chance(0.1) ? { name: `n${dice.below(3)}` } : {});
		}
		if (dice.chance(0.4)) {
			alive.delete(id);
			return { op: 'delete', table: 'agents', id };
		}
		const set = dice.chance(0.1) ? { name: `n${dice.below(3)}` } : { execution_state: `s${dice.below(9)}` };
		return { op: 'update', table: 'agents', id, set };
	}

	function createInsert(): DomainRecord {
		const agent_id = agentId();
		switch (dice.below(3)) {
			case 0:
				return runInsert(`run_${newId()}`, { agent_id, generation: dice.below(99) });
			case 1:
				return requestInsert(`req_${newId()}`, { agent_id });
			default:
				return promptInsert(`pmt_${newId()}`, {
					agent_id,
					...(dice.chance(0.3) ? { idempotency_key: `k${dice.below(9)}` } : {}),
				});
		}
	}

	function createUpdate(): DomainRecord {
		switch (dice.below(5)) {
			case 0:
				return promptUpdate(`pmt_${oldId()}`, { idempotency_key: dice.chance(0.5) ? `k${dice.below(9)}` : null });
			case 1:
				return { op: 'update', table: 'requests', id: `req_${oldId()}`, set: { agent_id: agentId() } };
			case 2:
				return promptUpdate(`pmt_${oldId()}`, { status: `s${dice.below(9)}`, generation: dice.below(9) });
			default:
				return promptUpdate(`pmt_${oldId()}`, { status: `s${dice.below(9)}` });
		}
	}

	return () => {
		const kind = dice.below(10);
		if (kind < 3) return createAgentRecord();
		if (kind < 7) return createInsert();
		if (kind < 9) return createUpdate();
		return { op: 'delete', table: 'prompts', id: `pmt_${oldId()}` };
	};
}

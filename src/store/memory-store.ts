/**
 * The durable store in memory, for tests and trials: the same port, the same rules, nothing on disk.
 *
 * 1. Units are applied one after the other; one that fails takes back what it did and no more.
 */
import type {
	DurableStore,
	StoredActor,
	StoredEffect,
	StoredEvent,
	StoredMessage,
	StoredTimer,
	StoredTransition,
	UnitOutcome,
	WriteUnit,
} from '../durable/store.ts';
import { StatecraftError, toStatecraftError } from '../errors.ts';
import { createMemoryRecords, type MemoryRecords, type Row } from './memory-records.ts';
import { createSequenceNumbers, type SequenceNumbers } from './sequence-numbers.ts';
import type { SideWrites } from './side-writes.ts';
import { createStaleError } from './stale-error.ts';
import { findUnitBug, readRecordTables, type Tables } from './tables.ts';
import { createUndoLog, type UndoLog } from './undo-log.ts';

export interface MemoryStore extends DurableStore, SideWrites {
	/** The rows of a part's table in the order of insertion, by column names. */
	rows(table: string): readonly Row[];
	journal(): readonly StoredTransition[];
	events(): readonly StoredEvent[];
}

interface Contents {
	readonly actors: Map<string, StoredActor>;
	readonly timers: Map<string, StoredTimer>;
	readonly effects: Map<string, StoredEffect>;
	readonly messages: Map<string, StoredMessage>;
	readonly journal: StoredTransition[];
	readonly events: StoredEvent[];
	readonly records: MemoryRecords;
	readonly numbers: SequenceNumbers;
}

export function createMemoryStore(options: { readonly tables?: Tables } = {}): MemoryStore {
	const { tables = readRecordTables() } = options;
	const contents: Contents = {
		actors: new Map(),
		timers: new Map(),
		effects: new Map(),
		messages: new Map(),
		journal: [],
		events: [],
		records: createMemoryRecords(tables),
		numbers: createSequenceNumbers(),
	};
	const { actors, timers, effects, messages, journal, events, records } = contents;

	return {
		commit: async (units) => units.map((unit) => applyUnit(contents, tables, unit)),
		async *loadActors() {
			if (actors.size > 0) yield [...actors.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
		},
		loadTimers: async () => [...timers.values()].sort((a, b) => a.dueAt - b.dueAt),
		loadEffects: async () => [...effects.values()],
		loadMessages: async () => [...messages.values()],
		readActor: async (address) => actors.get(address),
		async quarantine(address, reason) {
			const actor = actors.get(address);
			if (actor === undefined) throw new StatecraftError('actor_not_found', `There is no actor ${address}`);
			actors.set(address, { ...actor, quarantine: reason });
		},
		async touchAgents(touches) {
			const log = createUndoLog();
			for (const { id, at } of touches) {
				records.apply({ op: 'update', table: 'agents', id, set: { last_seen_at: at } }, log);
			}
		},
		async saveSetting(id, value) {
			const log = createUndoLog();
			records.apply({ op: 'delete', table: 'settings', id }, log);
			records.apply({ op: 'insert', table: 'settings', row: { id, value } }, log);
		},
		rows: (table) => records.rows(table),
		journal: () => [...journal],
		events: () => [...events],
	};
}

function applyUnit(contents: Contents, tables: Tables, unit: WriteUnit): UnitOutcome {
	const bug = findUnitBug(tables, unit);
	if (bug !== undefined) return { ok: false, error: bug };
	const log = createUndoLog();
	try {
		applyActors(contents, unit, log);
		applyTimers(contents, unit, log);
		applyEffects(contents, unit, log);
		applyMessages(contents, unit, log);
		for (const record of unit.records ?? []) contents.records.apply(record, log);
		const events = contents.numbers.numberEvents(unit.events);
		contents.events.push(...events);
		settle(contents, unit);
		return { ok: true, events };
	} catch (error) {
		log.undo();
		return { ok: false, error: toStatecraftError(error) };
	}
}

function applyActors({ actors, timers, effects, messages, journal, numbers }: Contents, unit: WriteUnit, log: UndoLog) {
	for (const address of unit.removed ?? []) {
		log.delete(actors, address);
		deleteWhere(timers, (timer) => timer.address === address, log);
		deleteWhere(effects, (effect) => effect.address === address, log);
		deleteWhere(messages, (message) => message.to === address, log);
	}
	for (const write of unit.actors ?? []) {
		const stored = actors.get(write.address);
		if ((stored?.version ?? 0) !== write.version - 1) {
			throw createStaleError(write.address, write.version - 1, stored?.version);
		}
		log.set(actors, write.address, {
			...write,
			quarantine: stored?.quarantine ?? null,
		});
	}
	for (const entry of unit.journal ?? []) log.push(journal, { seq: numbers.nextJournalSeq(), ...entry });
}

function applyTimers({ timers }: Contents, unit: WriteUnit, log: UndoLog): void {
	const keyOf = ({ address, id }: { readonly address: string; readonly id: string }) => JSON.stringify([address, id]);
	for (const timer of unit.timersCleared ?? []) log.delete(timers, keyOf(timer));
	for (const timer of unit.timersSet ?? []) log.set(timers, keyOf(timer), timer);
}

function applyEffects({ effects }: Contents, unit: WriteUnit, log: UndoLog): void {
	for (const effect of unit.effectsAsked ?? []) insertNew(effects, 'effects', effect, log);
	for (const retry of unit.effectsRetried ?? []) {
		const effect = effects.get(retry.id);
		if (effect !== undefined) log.set(effects, retry.id, { ...effect, ...retry });
	}
}

function applyMessages({ messages }: Contents, unit: WriteUnit, log: UndoLog): void {
	for (const message of unit.messagesSent ?? []) insertNew(messages, 'messages', message, log);
}

/** What cannot fail comes last and need not be taken back. */
function settle({ effects, messages }: Contents, unit: WriteUnit): void {
	for (const id of unit.effectsSettled ?? []) effects.delete(id);
	for (const id of unit.messagesConsumed ?? []) messages.delete(id);
}

function insertNew<Item extends { readonly id: string }>(
	items: Map<string, Item>,
	table: string,
	item: Item,
	log: UndoLog,
): void {
	if (items.has(item.id)) {
		throw new StatecraftError('constraint_violated', `A row with the same ${table}.id exists already`);
	}
	log.set(items, item.id, item);
}

function deleteWhere<Item>(items: Map<string, Item>, matches: (item: Item) => boolean, log: UndoLog): void {
	const matching = [...items].filter(([, item]) => matches(item)).map(([key]) => key);
	log.deleteInPlace(items, matching);
}

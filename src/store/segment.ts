/**
 * A stretch of write units that can be written table by table without changing what they mean.
 *
 * 1. Within a segment actors are removed first and settled rows deleted last. A unit that would make
 *    that order visible (it removes what an earlier one wrote, or writes anew what an earlier one
 *    removed) is not taken: it begins the next segment. This relies on what ids are: that of an effect
 *    names its actor, that of a message the step that sent it, and so both always the same row.
 * 2. Steps of one actor that follow each other become one row: the first one's expected version, the
 *    last one's snapshot. Their journal rows are all written.
 */
import type {
	ActorWrite,
	JournalEntry,
	StoredEffect,
	StoredEvent,
	StoredMessage,
	StoredTimer,
	WriteUnit,
} from '../durable/store.ts';
import { createRecordGroups } from './record-groups.ts';
import type { SequenceNumbers } from './sequence-numbers.ts';
import type { Statement, Statements } from './statements.ts';
import type { Tables } from './tables.ts';

export interface Segment {
	/** Takes the unit, or answers false if it must wait for the next segment. */
	take(unit: WriteUnit, events: readonly StoredEvent[]): boolean;
	toStatements(): Statement[];
}

/** What every segment of a batch is made with. */
export interface SegmentMaking {
	readonly statements: Statements;
	readonly tables: Tables;
	readonly numbers: Pick<SequenceNumbers, 'nextJournalSeq' | 'nextEffectSeq' | 'nextMessageSeq'>;
	/** Records keep their order altogether: for one unit alone. */
	readonly strict: boolean;
}

interface PendingActor {
	readonly expected: number | null;
	readonly last: ActorWrite;
}

type Retry = NonNullable<WriteUnit['effectsRetried']>[number];

/** NUL stands in no address and no id, so joined keys cannot be mistaken for each other. */
const keyOf = (address: string, id: string): string => `${address}\0${id}`;

export function createSegment({ statements: sql, tables, numbers, strict }: SegmentMaking): Segment {
	const actors = new Map<string, PendingActor>();
	const removed = new Set<string>();
	const journal: unknown[] = [];
	const events: unknown[] = [];
	const timers = new Map<string, { readonly key: readonly string[]; readonly set: StoredTimer | null }>();
	const asked: unknown[] = [];
	const retried = new Map<string, Retry>();
	const settled = new Set<string>();
	const sent: unknown[] = [];
	const consumed = new Set<string>();
	const records = createRecordGroups(sql, tables, strict);
	/** Addresses that would lose rows of this segment if they were removed at its start. */
	const written = new Set<string>();

	function mustWait(unit: WriteUnit): boolean {
		return (
			(unit.removed?.some((address) => written.has(address)) ?? false) ||
			(unit.effectsAsked?.some(({ id }) => settled.has(id) || retried.has(id)) ?? false) ||
			(unit.messagesSent?.some(({ id }) => consumed.has(id)) ?? false)
		);
	}

	function takeActors(unit: WriteUnit): void {
		for (const address of unit.removed ?? []) removed.add(address);
		for (const write of unit.actors ?? []) {
			const earlier = actors.get(write.address);
			actors.set(write.address, {
				expected: expectedVersion(earlier, write),
				last: write,
			});
			written.add(write.address);
		}
		for (const entry of unit.journal ?? []) journal.push(toJournalRow(numbers.nextJournalSeq(), entry));
	}

	function takeTimers(unit: WriteUnit): void {
		for (const { address, id } of unit.timersCleared ?? []) {
			timers.set(keyOf(address, id), { key: [address, id], set: null });
		}
		for (const timer of unit.timersSet ?? []) {
			timers.set(keyOf(timer.address, timer.id), { key: [], set: timer });
			written.add(timer.address);
		}
	}

	function takeEffects(unit: WriteUnit): void {
		for (const effect of unit.effectsAsked ?? []) {
			asked.push(toEffectRow(effect, numbers.nextEffectSeq()));
			written.add(effect.address);
		}
		for (const retry of unit.effectsRetried ?? []) retried.set(retry.id, retry);
		for (const id of unit.effectsSettled ?? []) settled.add(id);
	}

	function takeMessages(unit: WriteUnit): void {
		for (const message of unit.messagesSent ?? []) {
			sent.push(toMessageRow(message, numbers.nextMessageSeq()));
			written.add(message.to);
		}
		for (const id of unit.messagesConsumed ?? []) consumed.add(id);
	}

	function take(unit: WriteUnit, numbered: readonly StoredEvent[]): boolean {
		if (mustWait(unit)) return false;
		takeActors(unit);
		takeTimers(unit);
		takeEffects(unit);
		takeMessages(unit);
		for (const record of unit.records ?? []) records.add(record);
		for (const { seq, topic, agentId, at, data } of numbered) events.push([seq, topic, agentId, at, data]);
		return true;
	}

	function toStatements(): Statement[] {
		const statements: Statement[] = [];
		const add = (text: string, rows: readonly unknown[]): void => {
			if (rows.length > 0) statements.push(sql.createStatement(text, rows));
		};
		const timerChanges = [...timers.values()];
		for (const text of sql.removeActors) add(text, [...removed]);
		add(sql.writeActors, [...actors.values()].map(toActorRow));
		add(sql.insertJournal, journal);
		add(
			sql.clearTimers,
			timerChanges.filter(({ set }) => set === null).map(({ key }) => key),
		);
		add(
			sql.setTimers,
			timerChanges.flatMap(({ set }) => (set === null ? [] : [toTimerRow(set)])),
		);
		add(sql.insertEffects, asked);
		add(sql.retryEffects, [...retried.values()].map(toRetryRow));
		add(sql.settleEffects, [...settled]);
		add(sql.insertMessages, sent);
		add(sql.consumeMessages, [...consumed]);
		statements.push(...records.toStatements());
		add(sql.insertEvents, events);
		return statements;
	}

	return { take, toStatements };
}

/** The version the row must have; null, which none has, if the steps of the segment do not follow each other. */
function expectedVersion(earlier: PendingActor | undefined, { version }: ActorWrite): number | null {
	if (earlier === undefined) return version - 1;
	return earlier.last.version === version - 1 ? earlier.expected : null;
}

function toActorRow({ expected, last }: PendingActor): unknown[] {
	const { address, parent, source, machineId, machineVersion, definitionHash, status, snapshot, version } = last;
	return [address, parent, source, machineId, machineVersion, definitionHash, status, snapshot, version, expected];
}

function toJournalRow(seq: number, entry: JournalEntry): unknown[] {
	const { address, version, from, to, event, trigger, cause, generation, at } = entry;
	return [seq, address, version, from, to, event, trigger, cause, generation, at];
}

function toTimerRow({ address, id, target, event, dueAt }: StoredTimer): unknown[] {
	return [address, id, target, event, dueAt];
}

function toEffectRow(effect: StoredEffect, seq: number): unknown[] {
	const { id, address, name, params, attempts, nextAttemptAt, lastError } = effect;
	return [id, address, name, params, attempts, nextAttemptAt, lastError, seq];
}

function toRetryRow({ id, attempts, nextAttemptAt, lastError }: Retry): unknown[] {
	return [id, attempts, nextAttemptAt, lastError];
}

function toMessageRow({ id, from, to, event, sentAt }: StoredMessage, seq: number): unknown[] {
	return [id, from, to, event, sentAt, seq];
}

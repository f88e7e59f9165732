/**
 * One part of a composite: a trigger that is read with a cursor of its own.
 *
 * 1. A part is asked whenever the composite is, for nobody tells which part a nudge is for. Only one
 *    that could not be read is left alone until its time comes; the others are not kept waiting.
 * 2. What is known of a part holds for the trigger as it was configured then: an edit keeps its cursor,
 *    unless its type changes, and nothing else.
 */

import { isDeepStrictEqual } from 'node:util';
import type { WorkItem } from '../views.ts';
import type { PartYield } from './composite-window.ts';
import { PollError } from './poll-error.ts';
import type { PollRequest, TriggerSource } from './source.ts';
import type { TriggerOf } from './trigger-config.ts';

export type PartTrigger = TriggerOf<'composite'>['triggers'][number];

/** JSON: lives in the composite's cursor. */
export interface PartState {
	/** As it was asked last. */
	readonly trigger: PartTrigger;
	readonly cursor: unknown;
	/** When it is asked next, epoch milliseconds; null: when something wakes it. */
	readonly dueAt: number | null;
	/** It could not be read the last time. */
	readonly failed: boolean;
	readonly exhausted: boolean;
	/** What it has yielded and waits for the others. */
	readonly waiting: readonly PartYield[];
}

export interface PartAnswer {
	readonly state: PartState;
	readonly items: readonly WorkItem[];
	readonly error: PollError | null;
}

/** The least time until a part that could not be read is asked again. */
const retryMs = 60_000;

export function recallPart(trigger: PartTrigger, known: PartState | undefined): PartState {
	if (known && isDeepStrictEqual(known.trigger, trigger)) return known;
	const cursor = known?.trigger.type === trigger.type ? known.cursor : null;
	return { trigger, cursor, dueAt: null, failed: false, exhausted: false, waiting: [] };
}

export async function askPart(source: TriggerSource, state: PartState, request: PollRequest): Promise<PartAnswer> {
	if (isLeftAlone(state, request.now)) return { state, items: [], error: null };
	try {
		const { trigger, cursor } = state;
		const answer = await source.poll({ ...request, trigger, cursor });
		const { items, nextPollAt: dueAt, exhausted = false } = answer;
		return { state: { ...state, cursor: answer.cursor, dueAt, failed: false, exhausted }, items, error: null };
	} catch (thrown) {
		if (!(thrown instanceof PollError)) throw thrown;
		const dueAt = Math.max(thrown.retryAt ?? 0, request.now + retryMs);
		return { state: { ...state, failed: true, dueAt }, items: [], error: thrown };
	}
}

function isLeftAlone({ exhausted, failed, dueAt }: PartState, now: number): boolean {
	return exhausted || (failed && dueAt !== null && dueAt > now);
}

/**
 * The trigger `composite`: several triggers in one. `any` yields what each of its parts yields; `all`
 * yields one item when every part has yielded something, all of it within a window of time.
 *
 * 1. Everything it knows is in its cursor: the parts' cursors, and what waits for its counterparts.
 * 2. The same yields of the parts make the same source id.
 * 3. It can be read as long as one of its parts can; a part that cannot is reported when that begins.
 */

import type { WorkItem } from '../views.ts';
import { askPart, type PartAnswer, type PartState, type PartTrigger, recallPart } from './composite-part.ts';
import { addYields, matchYields, type PartYield, toPartYield } from './composite-window.ts';
import { PollError } from './poll-error.ts';
import type { Interest, PollRequest, PollResult, TriggerSource } from './source.ts';
import type { TriggerOf } from './trigger-config.ts';
import { createWorkItem } from './work-item.ts';

type CompositeTrigger = TriggerOf<'composite'>;
type CompositeRequest = PollRequest<CompositeTrigger, CompositeCursor>;

interface CompositeCursor {
	readonly parts: readonly PartState[];
}

export interface CompositeDeps {
	sourceOf(trigger: PartTrigger): TriggerSource;
	/** Told of a part that cannot be read while others can. */
	onError(where: string, error: Error): void;
}

const defaultWindowSeconds = 3_600;

export function createCompositeSource(deps: CompositeDeps): TriggerSource<CompositeTrigger, CompositeCursor> {
	async function askParts(request: CompositeRequest): Promise<readonly PartAnswer[]> {
		const known = request.trigger.triggers.map((trigger, index) => recallPart(trigger, request.cursor?.parts[index]));
		const answers = await Promise.all(known.map((state) => askPart(deps.sourceOf(state.trigger), state, request)));
		failWhenNoneCanBeRead(answers);
		for (const [index, { error }] of answers.entries()) {
			if (error && !known[index]?.failed) deps.onError(`part ${index} of the trigger of ${request.workflowId}`, error);
		}
		return answers;
	}

	return {
		async poll(request) {
			const answers = await askParts(request);
			return request.trigger.mode === 'any' ? yieldEach(answers) : yieldTogether(request, answers);
		},
		interests(trigger, agentId) {
			const all = trigger.triggers.flatMap((part) => deps.sourceOf(part).interests?.(part, agentId) ?? []);
			return [...new Map(all.map((interest) => [nameOf(interest), interest])).values()];
		},
	};
}

function nameOf({ topic, agentId }: Interest): string {
	return `${topic} ${agentId ?? '*'}`;
}

/** Rejects for all of them, to be asked again when the last of them may be. */
function failWhenNoneCanBeRead(answers: readonly PartAnswer[]): void {
	const living = answers.filter(({ state }) => !state.exhausted);
	const errors = living.flatMap(({ error }) => error ?? []);
	if (errors.length === 0 || living.some(({ state }) => !state.failed)) return;
	const retryAt = Math.max(...errors.map((error) => error.retryAt ?? 0));
	const [first] = errors;
	if (first) throw new PollError(first.code, errors.map(({ message }) => message).join(' '), retryAt || null);
}

function yieldEach(answers: readonly PartAnswer[]): PollResult {
	const states = answers.map(({ state }) => ({ ...state, waiting: [] }));
	return {
		items: answers.flatMap(({ items }, index) => items.map((item) => prefixItem(item, index))),
		...follow(states),
		exhausted: states.every(({ exhausted }) => exhausted),
	};
}

function yieldTogether({ trigger, now }: CompositeRequest, answers: readonly PartAnswer[]): PollResult {
	const waiting = answers.map(({ state, items }, index) =>
		addYields(
			state.waiting,
			items.map((item) => toPartYield(prefixItem(item, index), now)),
		),
	);
	const matches = matchYields(waiting, (trigger.withinSeconds ?? defaultWindowSeconds) * 1_000, now);
	const states = answers.map(({ state }, index) => ({ ...state, waiting: matches.waiting[index] ?? [] }));
	return {
		items: matches.sets.map(combine),
		...follow(states),
		exhausted: states.some((state) => state.exhausted && state.waiting.length === 0),
	};
}

function follow(parts: readonly PartState[]): Pick<PollResult, 'cursor' | 'nextPollAt'> {
	const due = parts.flatMap(({ dueAt, exhausted }) => (exhausted ? [] : (dueAt ?? [])));
	return { cursor: { parts } satisfies CompositeCursor, nextPollAt: due.length === 0 ? null : Math.min(...due) };
}

/** Two parts may name different things the same. */
function prefixItem(item: WorkItem, index: number): WorkItem {
	return { ...item, sourceId: `${index}:${item.sourceId}` };
}

function combine(parts: readonly PartYield[]): WorkItem {
	const bodies = parts.flatMap(({ body }) => body ?? []);
	return createWorkItem({
		sourceId: parts.map(({ sourceId }) => sourceId).join('+'),
		title: parts.map(({ title }) => title).join(' + '),
		at: Math.max(...parts.map(({ at }) => at)),
		body: bodies.length === 0 ? null : bodies.join('\n\n'),
		url: parts.find(({ url }) => url !== null)?.url ?? null,
		labels: [...new Set(parts.flatMap(({ labels }) => labels))],
		priority: Math.max(...parts.map(({ priority }) => priority ?? 0)),
		metadata: { parts },
	});
}

/** How a moment of an actor's past, and the differences between two, read on a terminal. */

import type { ComparisonResource, MomentResource } from './history-client.ts';
import { paint, paintState } from './paint.ts';
import { oneLine, renderFacts } from './table.ts';
import { formatClock, formatTime } from './times.ts';

type Caused = NonNullable<MomentResource['caused']>;

export function renderMoment(moment: MomentResource): string {
	const { transition, caused, timers, differs } = moment;
	const facts = renderFacts([
		['actor', moment.actor],
		['version', `${moment.version} of ${moment.last}`],
		['at', formatTime(transition.at)],
		['state', `${transition.from ?? '-'} -> ${paintState(moment.state)}`],
		['tags', moment.tags?.join(', ')],
		['event', `${String(transition.event.type)} ${oneLine(JSON.stringify(restOf(transition.event)), 200)}`],
		['trigger', transition.trigger],
		['cause', renderCause(moment.cause)],
		['timers', timers?.map(({ id, dueAt }) => `${id} due ${formatClock(dueAt)}`).join(', ')],
		['events up to', moment.cursor],
	]);
	return [
		facts,
		...(differs ? [paint.warn(renderDiffers(differs))] : []),
		...(caused ? section('caused', renderCaused(caused)) : []),
		...(moment.value === null ? [] : section('context', JSON.stringify(moment.context, null, 2).split('\n'))),
	].join('\n');
}

export function renderComparison({ from, to, tagsAdded, tagsRemoved, context }: ComparisonResource): string {
	const facts = renderFacts([
		['versions', `${from.version} .. ${to.version}`],
		['at', `${formatTime(from.at)} .. ${formatTime(to.at)}`],
		['state', from.state === to.state ? to.state : `${paintState(from.state)} -> ${paintState(to.state)}`],
		['tags', [...tagsAdded.map((tag) => `+${tag}`), ...tagsRemoved.map((tag) => `-${tag}`)].join(' ')],
	]);
	const differs = [from.differs, to.differs].flatMap((difference) => difference ?? []);
	return [
		facts,
		...[...new Set(differs.map(renderDiffers))].map(paint.warn),
		...section('context', context === null ? ['cannot be told'] : context.map(renderDifference)),
	].join('\n');
}

function renderDifference({ kind, path, before, after }: NonNullable<ComparisonResource['context']>[number]): string {
	const [old, now] = [before, after].map((value) => oneLine(JSON.stringify(value), 100));
	if (kind === 'added') return paint.good(`+ ${path}  ${now}`);
	if (kind === 'removed') return paint.error(`- ${path}  ${old}`);
	return `~ ${path}  ${old} -> ${now}`;
}

function renderDiffers({ kind, since, until, reason }: NonNullable<MomentResource['differs']>): string {
	if (kind === 'context') return `not to be trusted altogether: ${reason}`;
	const range = until === null ? `from version ${since} on` : `in versions ${since} to ${until}`;
	return `the past cannot be told ${range}, only the journal's own facts: ${reason}`;
}

function renderCause({ kind, id, by, actor, version }: MomentResource['cause']): string {
	const origin = version === null ? actor && `of ${actor}` : `from version ${version} of ${actor}`;
	return [kind, id, by && `by ${by}`, origin].filter((part) => part).join(' ');
}

function renderCaused(caused: Caused): string[] {
	const outcome = (version: number | null, what: string) =>
		version === null ? '' : paint.dim(`  ${what} version ${version}`);
	const lines = [
		...caused.effects.map((effect) => {
			return `effect ${effect.name} ${oneLine(JSON.stringify(effect.params), 120)}${outcome(effect.outcome, 'led to')}`;
		}),
		...caused.messages.map(({ to, event }) => `message ${String(event.type)} to ${to}`),
		...caused.timersSet.map((timer) => {
			return `timer ${timer.id} due ${formatClock(timer.dueAt)}${outcome(timer.firedBy, 'fired in')}`;
		}),
		...caused.timersCleared.map((id) => `timer ${id} cleared`),
		...caused.childrenSpawned.map(({ address }) => `child ${address} began`),
		...caused.childrenStopped.map((address) => `child ${address} ended`),
		...caused.events.map((topic) => `event ${topic}`),
	];
	return lines.length === 0 ? ['nothing'] : lines;
}

function section(title: string, lines: readonly string[]): string[] {
	return lines.length === 0 ? [] : ['', paint.bold(title), ...lines.map((line) => `  ${line}`)];
}

function restOf({ type: _, at: __, ...rest }: Readonly<Record<string, unknown>>): object {
	return rest;
}

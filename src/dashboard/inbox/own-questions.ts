/**
 * What Statecraft itself asks about an agent, in words: a budget that is spent, an agent that has given up,
 * a turn that was cut off. Also what each of the answers does. Pure.
 */

import { formatDuration } from '../components/durations.ts';
import { formatCost, formatCount } from '../fleet/amounts.ts';
import type { OpenRequest } from '../store/resources.ts';
import type { DetailLine } from './request-detail.ts';

type Own = Pick<OpenRequest, 'origin' | 'detail' | 'options'>;
type Values = Readonly<Record<string, unknown>>;

/** Null for what is nothing of ours. `currency`: what the agent's costs are in, when it has told. */
export function readOwnQuestion({ origin, detail }: Own, currency?: string): readonly DetailLine[] | null {
	if (origin !== 'statecraft') return null;
	if (Array.isArray(detail.exceeded)) return describeBudget(detail, detail.exceeded, currency);
	if ('failures' in detail) return describeFailures(detail);
	return 'promptId' in detail ? [] : null;
}

/** What each answer does, in the order of the answers; nothing is said of those that explain themselves. */
export function explainOptions({ origin, options }: Pick<Own, 'origin' | 'options'>): readonly DetailLine[] {
	if (origin !== 'statecraft') return [];
	return options.flatMap(({ optionId, name }) => {
		const text = effects.get(optionId);
		return text === undefined ? [] : [{ name, text }];
	});
}

const effects: ReadonlyMap<string, string> = new Map([
	['raise', 'each limit that was reached is at least doubled, and the agent goes on'],
	['resume', 'the limits stay as they are: after one more turn it is asked again'],
	['stop', 'the agent ends; it can be started again later'],
	['leave', 'the agent stays failed until somebody starts it'],
	['retry', 'the prompt is sent once more from its beginning; what was done already is not undone'],
	['drop', 'the prompt counts as interrupted, and the next one may run'],
]);

function describeBudget(detail: Values, exceeded: readonly unknown[], currency?: string): readonly DetailLine[] {
	const budget = asRecord(detail.budget);
	return exceeded.flatMap((kind): DetailLine[] => {
		const limit = asRecord(budget[String(kind)]).hard;
		const money = (amount: unknown) => renderMoney(Number(amount), currency);
		switch (kind) {
			case 'cost':
				return [{ name: 'cost', text: ofLimit(money(detail.cost), limit, money) }];
			case 'tokens':
				return [{ name: 'tokens', text: ofLimit(renderCount(detail.tokens), limit, renderCount) }];
			case 'turnSeconds':
				return [{ name: 'time', text: `a turn took longer than ${formatDuration(Number(limit ?? 0) * 1_000)}` }];
			default:
				return [];
		}
	});
}

function ofLimit(spent: string, limit: unknown, render: (limit: unknown) => string): string {
	return limit === undefined ? `${spent} spent` : `${spent} spent of ${render(limit)} allowed`;
}

function renderCount(count: unknown): string {
	return formatCount(Number(count ?? 0));
}

function renderMoney(amount: number, currency: string | undefined): string {
	return currency === undefined ? String(Number(amount.toFixed(4))) : formatCost({ amount, currency });
}

function describeFailures({ failure, failures }: Values): readonly DetailLine[] {
	const count = Array.isArray(failures) ? failures.length : 0;
	const { code } = asRecord(failure);
	return [
		...(count > 0 ? [{ name: 'failed', text: count === 1 ? 'once' : `${count} times lately` }] : []),
		...(typeof code === 'string' ? [{ name: 'last failure', text: code.replace(/_/g, ' ') }] : []),
	];
}

function asRecord(value: unknown): Values {
	return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {};
}

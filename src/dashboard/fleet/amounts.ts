/** Costs and counts in few characters. Pure. */

import type { Agent } from '../store/resources.ts';

type Usage = NonNullable<Agent['usage']>;

/** `$1.20`, or tokens where the agent reports no cost; null where it reports neither. */
export function formatUsage(usage: Agent['usage']): string | null {
	if (usage?.cost !== undefined) return formatCost(usage.cost);
	const tokens = (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
	return tokens === 0 ? null : `${formatCount(tokens)} tok`;
}

/** `$0.0012`: small amounts with more digits. */
export function formatCost({ amount, currency }: NonNullable<Usage['cost']>): string {
	const digits = amount !== 0 && Math.abs(amount) < 0.01 ? 4 : 2;
	try {
		const style = { style: 'currency', currency, minimumFractionDigits: 2, maximumFractionDigits: digits } as const;
		return new Intl.NumberFormat(undefined, style).format(amount);
	} catch {
		// No currency that the browser knows.
		return `${amount.toFixed(digits)} ${currency}`;
	}
}

/** `950`, `12.3k`, `4.5M`. */
export function formatCount(count: number): string {
	if (count < 1_000) return String(count);
	const [divisor, unit] = count < 999_950 ? [1_000, 'k'] : [1_000_000, 'M'];
	return `${(count / divisor).toFixed(1).replace(/\.0$/, '')}${unit}`;
}

/** What an agent has used, in few words. Pure. */

import type { Usage } from '../transcript/entry.ts';

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** `$0.12`; codes that are no currency are written behind the number. */
export function formatCost({ amount, currency }: NonNullable<Usage['cost']>): string {
	const digits = amount !== 0 && Math.abs(amount) < 0.01 ? 4 : 2;
	try {
		const style = { style: 'currency', currency, minimumFractionDigits: digits } as const;
		return new Intl.NumberFormat('en', { ...style, maximumFractionDigits: digits }).format(amount);
	} catch {
		return `${amount.toFixed(digits)} ${currency.slice(0, 10)}`;
	}
}

/** `1.2K tokens in, 300 out · context 12K of 200K · $0.12`; empty for nothing. */
export function describeUsage({ inputTokens, outputTokens, contextUsed, contextSize, cost }: Usage): string {
	const parts = [];
	if (inputTokens !== undefined) {
		const out = outputTokens === undefined ? '' : `, ${compact.format(outputTokens)} out`;
		parts.push(`${compact.format(inputTokens)} tokens in${out}`);
	}
	if (contextUsed !== undefined) {
		const size = contextSize === undefined ? '' : ` of ${compact.format(contextSize)}`;
		parts.push(`context ${compact.format(contextUsed)}${size}`);
	}
	if (cost !== undefined) parts.push(formatCost(cost));
	return parts.join(' · ');
}

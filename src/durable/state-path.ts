/** State values as text: nested states joined by dots, parallel regions by commas. */

import type { StateValue } from 'xstate';

/** `idle.ready` for `{ idle: 'ready' }`, `a.x,b.y` for two parallel regions. */
export function formatState(value: StateValue): string {
	if (typeof value === 'string') return value;
	return Object.entries(value)
		.map(([key, inner]) => (inner === undefined ? key : formatNested(key, inner)))
		.join(',');
}

function formatNested(key: string, inner: StateValue): string {
	const rest = formatState(inner);
	return rest === '' ? key : `${key}.${rest}`;
}

/** Whether the state is the expected one or lies inside it: `idle.ready` is in `idle`. */
export function isInState(value: StateValue, expected: string): boolean {
	return formatState(value)
		.split(',')
		.some((path) => path === expected || path.startsWith(`${expected}.`));
}

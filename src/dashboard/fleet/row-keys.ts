/** Keys that go through the list of agents. Pure. */

/** Where a key leads from row `at` among `count`; null for other keys. */
export function nextRow(key: string, at: number, count: number): number | null {
	if (count === 0) return null;
	const last = count - 1;
	switch (key) {
		case 'ArrowDown':
			return Math.min(at + 1, last);
		case 'ArrowUp':
			return Math.max(at - 1, 0);
		case 'PageDown':
			return Math.min(at + 10, last);
		case 'PageUp':
			return Math.max(at - 10, 0);
		case 'Home':
			return 0;
		case 'End':
			return last;
		default:
			return null;
	}
}

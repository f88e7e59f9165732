import { expect, test } from 'vitest';
import type { StoredLine } from '../../src/history/timeline.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { step } from '../store/units.ts';
import { createMemoryReads } from '../support/memory-reads.ts';
import { openQueriedStore } from '../support/queried-store.ts';
import { createRandom } from '../support/random.ts';

test('the journal of one actor is read page by page, whatever others wrote between its lines', async () => {
	const { store, queries } = await openQueriedStore();
	const stores = [store, createMemoryStore()] as const;
	const random = createRandom(7);
	const versions = new Map<string, number>();
	const next = (address: string) => {
		const version = (versions.get(address) ?? 0) + 1;
		versions.set(address, version);
		return step(address, version);
	};
	// A busy one, a quiet one, and one that was quiet for many blocks of numbers.
	const units = [
		next('agent:late'),
		...Array.from({ length: 6_000 }, () => next(random() < 0.95 ? 'agent:busy' : 'agent:quiet')),
		next('agent:late'),
	];
	for (const store of stores) {
		for (let at = 0; at < units.length; at += 500) await store.commit(units.slice(at, at + 500));
	}
	const memory = createMemoryReads(stores[1]);
	for (const [address, count] of versions) {
		const found: StoredLine[] = [];
		for (let after = 0; ; after = found.at(-1)?.seq ?? 0) {
			const page = await queries.journal(address, { after, limit: 333 });
			found.push(...(page as readonly StoredLine[]));
			if (page.length < 333) break;
		}
		expect(
			found.map(({ version }) => version),
			address,
		).toEqual(Array.from({ length: count }, (_, index) => index + 1));
		expect(found).toEqual(await memory.journal(address, { after: 0, limit: 10_000 }));
	}
	expect(await queries.journal('agent:none', { after: 0, limit: 10 })).toEqual([]);
});

/**
 * The contract of the store port, as tests that every adapter passes. `[STn]` is rule n of
 * src/durable/store.ts.
 */
import { afterEach, beforeEach, describe } from 'vitest';
import { describeActors } from './conformance-actors.ts';
import { describeEffects } from './conformance-effects.ts';
import { describeEvents } from './conformance-events.ts';
import { describeRecords } from './conformance-records.ts';
import { describeReferences } from './conformance-references.ts';
import { createScene, type StoreUnderTest } from './scene.ts';

/** Runs the whole contract; `createStore` makes an empty store for each test. */
export function describeStore(name: string, createStore: () => Promise<StoreUnderTest>): void {
	describe(name, () => {
		let current: StoreUnderTest;
		beforeEach(async () => {
			current = await createStore();
		});
		afterEach(() => current.close());

		const scene = createScene(() => current);
		describeActors(scene);
		describeEffects(scene);
		describeRecords(scene);
		describeReferences(scene);
		describeEvents(scene);
	});
}

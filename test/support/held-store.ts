/** A store whose commits can be made to wait: what is sent meanwhile meets in one batch. */

import type { DurableStore } from '../../src/durable/store.ts';

export interface HeldStore {
	readonly wrapStore: (store: DurableStore) => DurableStore;
	/** From now on commits wait. Resolves when one does. */
	hold(): Promise<void>;
	letGo(): void;
}

export function createHeldStore(): HeldStore {
	let released: Promise<void> = Promise.resolve();
	let letGo = () => {};
	let arrive = () => {};
	return {
		hold() {
			released = new Promise((resolve) => {
				letGo = resolve;
			});
			return new Promise((resolve) => {
				arrive = resolve;
			});
		},
		letGo: () => letGo(),
		wrapStore: (store) => ({
			commit: async (units) => {
				arrive();
				await released;
				return store.commit(units);
			},
			loadActors: () => store.loadActors(),
			loadTimers: () => store.loadTimers(),
			loadEffects: () => store.loadEffects(),
			loadMessages: () => store.loadMessages(),
			readActor: (address) => store.readActor(address),
			quarantine: (address, reason) => store.quarantine(address, reason),
		}),
	};
}

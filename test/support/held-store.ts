/** A store whose commits wait until they are let go: time stands still for whoever boots on it. */

import type { DurableStore } from '../../src/durable/store.ts';

export interface HeldStore {
	readonly wrapStore: (store: DurableStore) => DurableStore;
	/** Resolves when a commit waits. */
	readonly reached: Promise<void>;
	letGo(): void;
}

export function createHeldStore(): HeldStore {
	let letGo = () => {};
	let arrive = () => {};
	const released = new Promise<void>((resolve) => {
		letGo = resolve;
	});
	const reached = new Promise<void>((resolve) => {
		arrive = resolve;
	});
	return {
		reached,
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

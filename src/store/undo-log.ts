/** Changes to maps that can be taken back: what a transaction is to a store in memory. */
export interface UndoLog {
	set<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void;
	/** Taken back, the entry stands last in its map. */
	delete<Key, Value>(map: Map<Key, Value>, key: Key): void;
	/** Taken back, the entries stand where they stood. Copies the map. */
	deleteInPlace<Key, Value>(map: Map<Key, Value>, keys: readonly Key[]): void;
	push<Value>(list: Value[], value: Value): void;
	/** Takes everything back, the latest change first. */
	undo(): void;
}

export function createUndoLog(): UndoLog {
	const steps: Array<() => void> = [];
	return {
		set(map, key, value) {
			const before = map.get(key);
			steps.push(before === undefined ? () => map.delete(key) : () => map.set(key, before));
			map.set(key, value);
		},
		delete(map, key) {
			const before = map.get(key);
			if (before === undefined) return;
			steps.push(() => map.set(key, before));
			map.delete(key);
		},
		deleteInPlace(map, keys) {
			if (!keys.some((key) => map.has(key))) return;
			const entries = [...map];
			steps.push(() => {
				map.clear();
				for (const [key, value] of entries) map.set(key, value);
			});
			for (const key of keys) map.delete(key);
		},
		push(list, value) {
			steps.push(() => list.pop());
			list.push(value);
		},
		undo() {
			for (const step of steps.reverse()) step();
		},
	};
}

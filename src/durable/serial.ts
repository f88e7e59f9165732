/** Work under one key is done one after the other; under different keys, side by side. */
export type Serial = <T>(key: string, work: () => Promise<T>) => Promise<T>;

export function createSerial(): Serial {
	const tails = new Map<string, Promise<unknown>>();
	return (key, work) => {
		const result = (tails.get(key) ?? Promise.resolve()).then(work);
		const tail = result
			.catch(() => undefined)
			.then(() => {
				if (tails.get(key) === tail) tails.delete(key);
			});
		tails.set(key, tail);
		return result;
	};
}

/** Runs asynchronous work one at a time, in the order in which it was handed in. */
export interface SerialQueue {
	/** Settles as `work` does; what fails does not stop what comes after it. */
	run<T>(work: () => Promise<T>): Promise<T>;
}

export function createSerialQueue(): SerialQueue {
	let tail: Promise<unknown> = Promise.resolve();
	return {
		run(work) {
			const result = tail.then(work);
			tail = result.catch(() => undefined);
			return result;
		},
	};
}

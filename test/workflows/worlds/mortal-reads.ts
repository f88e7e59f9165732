/** What one process reads of a store that outlives it: once it is dead nothing it asked for is answered. */

export interface MortalReads<Reads extends object> {
	readonly reads: Reads;
	die(): void;
	readonly dead: boolean;
	/** Questions so far. */
	readonly calls: number;
	/** Questions that are neither answered nor abandoned. */
	readonly pending: number;
}

export function createMortalReads<Reads extends object>(inner: Reads): MortalReads<Reads> {
	let dead = false;
	let calls = 0;
	let pending = 0;

	async function whileAlive(ask: () => unknown): Promise<unknown> {
		if (dead) return new Promise(() => {});
		calls++;
		pending++;
		try {
			const answer = await ask();
			return dead ? await new Promise(() => {}) : answer;
		} finally {
			pending--;
		}
	}

	return {
		reads: new Proxy(inner, {
			get: (target, name) => {
				const read = Reflect.get(target, name) as (...question: unknown[]) => unknown;
				return (...question: unknown[]) => whileAlive(() => read.apply(target, question));
			},
		}),
		die() {
			dead = true;
			pending = 0;
		},
		get dead() {
			return dead;
		},
		get calls() {
			return calls;
		},
		get pending() {
			return dead ? 0 : pending;
		},
	};
}

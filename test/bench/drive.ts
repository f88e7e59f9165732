/** Senders: each waits for its acknowledgement before it sends again. */

/** Transitions a second of so many senders, each repeating its step for about so long. */
export async function measureSenders(
	senders: number,
	durationMs: number,
	/** Resolves with the number of transitions that were acknowledged. */
	step: (sender: number) => Promise<number>,
): Promise<number> {
	const startedAt = performance.now();
	const send = async (sender: number): Promise<number> => {
		let transitions = 0;
		while (performance.now() - startedAt < durationMs) transitions += await step(sender);
		return transitions;
	};
	const counts = await Promise.all(Array.from({ length: senders }, (_, sender) => send(sender)));
	const elapsedMs = performance.now() - startedAt;
	return (counts.reduce((sum, count) => sum + count, 0) * 1_000) / elapsedMs;
}

/** An agent's launches: those that were asked for, and what the stream has told of them since. Pure. */

import type { Run } from '../../store/resources.ts';

/** The newest first; live ones over fetched ones. */
export function mergeRuns(fetched: readonly Run[], live: Iterable<Run>, agentId: string): readonly Run[] {
	const runs = new Map(fetched.map((run) => [run.id, run]));
	for (const run of live) if (run.agentId === agentId) runs.set(run.id, run);
	return [...runs.values()].sort((a, b) => b.generation - a.generation);
}

/** `exit code 3`, `signal SIGKILL`; empty while it runs, and for runs that are not processes. */
export function describeExit({ exitCode, signal }: Pick<Run, 'exitCode' | 'signal'>): string {
	if (signal !== null) return `signal ${signal}`;
	return exitCode === null ? '' : `exit code ${exitCode}`;
}

/** The restart policy as a sentence. Durations as it has them: seconds and milliseconds. */
export function describeRestart(restart: Readonly<Record<string, unknown>>): string {
	const { policy, maxRestarts, withinSeconds, backoffMs, hung } = restart;
	const when: Readonly<Record<string, string>> = {
		permanent: 'Restarted whenever it ends',
		transient: 'Restarted after a failure',
		temporary: 'Never restarted by itself',
	};
	const parts = [when[String(policy)] ?? `Policy ${String(policy)}`];
	if (policy !== 'temporary' && typeof maxRestarts === 'number')
		parts.push(`at most ${maxRestarts} times within ${String(withinSeconds)} s`);
	const { initial, max } = (backoffMs ?? {}) as { initial?: number; max?: number };
	if (policy !== 'temporary' && typeof initial === 'number' && typeof max === 'number')
		parts.push(`after a pause of ${initial / 1_000} s that doubles up to ${max / 1_000} s`);
	const silence = hung === 'restart' ? 'restarted as well' : 'reported';
	return `${parts.join(', ')}. When it shows no sign of life, that is ${silence}.`;
}

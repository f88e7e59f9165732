import { createMachine, getNextTransitions } from 'xstate';

/**
 * One launch of an agent. A run has no actor of its own: the agent's step writes its row, and this
 * machine is the law it is held to, so that an agent and its run can never disagree. [RU1–RU3]
 */
export const runMachine = createMachine({
	id: 'run',
	initial: 'spawning',
	options: { maxIterations: 10 },
	states: {
		spawning: {
			description: 'The process is being started, or its connection awaited.',
			on: { CONNECTED: 'running', FAIL: 'failed', KILL: 'killed', COMPLETE: 'completed' },
		},
		running: {
			description: 'The agent has shaken hands.',
			on: { COMPLETE: 'completed', FAIL: 'failed', KILL: 'killed' },
		},
		completed: { type: 'final', description: 'It ended on purpose, or exited cleanly.' },
		failed: { type: 'final', description: 'It ended badly; the error says why.' },
		killed: { type: 'final', description: 'Somebody killed it.' },
	},
});

export type RunState = 'spawning' | 'running' | 'completed' | 'failed' | 'killed';
export type RunEvent = 'CONNECTED' | 'COMPLETE' | 'FAIL' | 'KILL';

/** The state a run is in after the event; throws where the machine has no such transition. */
export function nextRunState(state: RunState, event: RunEvent): RunState {
	const [transition] = getNextTransitions(runMachine.resolveState({ value: state })).filter(
		(candidate) => candidate.eventType === event,
	);
	const target = transition?.target?.[0]?.key;
	if (target === undefined) throw new Error(`a run that is ${state} cannot take ${event}`);
	return target as RunState;
}

export function isRunEnded(state: RunState): boolean {
	return state === 'completed' || state === 'failed' || state === 'killed';
}

/** Lives that bring an agent into each of its states, and what it takes next there. */

import type { AgentCommandEvent, AgentInput, AgentSettings } from '../../machines/agent-model.ts';
import { createFailure } from '../../src/errors.ts';
import type { RecordedLife } from './recorded-snapshots.ts';

export interface AgentLife extends RecordedLife<AgentCommandEvent> {
	readonly input: AgentInput;
}

const settings: AgentSettings = {
	transport: 'stdio',
	restart: { policy: 'transient', maxRestarts: 3, withinSeconds: 60, backoffMs: { initial: 1_000, max: 60_000 } },
	interruptedTurn: 'ask',
	startupTimeoutMs: 60_000,
	reconnectGraceMs: 30_000,
	cancelTimeoutMs: 10_000,
	maxQueuedPrompts: 1_000,
};
export const agentInput: AgentInput = { agentId: 'agt_golden', autoStart: true, settings, queue: [] };

const crash = createFailure('process_crashed', 'It crashed.');
const prompt = (id: string): AgentCommandEvent => ({ type: 'PROMPT', promptId: id, repeatable: true });
const due = (timer: string) => ({ type: `xstate.after.${timer}` }) as unknown as AgentCommandEvent;

const starting: readonly AgentCommandEvent[] = [
	{ type: 'SPAWN', by: 'operator' },
	{ type: 'LAUNCHED', generation: 1, pid: 4711, processStart: '99' },
];
const ready: readonly AgentCommandEvent[] = [
	...starting,
	{ type: 'CONNECTED', generation: 1, sessionId: 'session', resumed: false },
];
const working: readonly AgentCommandEvent[] = [...ready, prompt('pmt_1'), prompt('pmt_2')];
const awaiting: readonly AgentCommandEvent[] = [
	...working,
	{ type: 'INPUT_REQUESTED', generation: 1, requestId: 'req_1', fingerprint: 'rm -rf' },
];
/** The second run of an agent that crashed in mid-turn, with two requests open and a prompt waiting. */
const backingOff: readonly AgentCommandEvent[] = [
	...awaiting,
	{ type: 'PROCESS_EXITED', generation: 1, clean: false, failure: crash },
];

export const agentLives: readonly AgentLife[] = [
	life('pending', [], { type: 'SPAWN' }, 'starting'),
	life('starting', starting, { type: 'CONNECTED', generation: 1, sessionId: null, resumed: false }, 'idle.ready'),
	life('idle.ready', ready, prompt('pmt_9'), 'busy.working'),
	life(
		'idle.suspended.untilTold',
		[...ready, { type: 'SUSPEND', reason: 'operator' }, prompt('pmt_1')],
		{ type: 'RESUME' },
		'busy.working',
	),
	life(
		'idle.suspended.untilTime',
		[...ready, { type: 'SUSPEND', reason: 'usage limit', until: 4_102_444_800_000 }],
		due('resumeTime.agent.idle.suspended.untilTime'),
		'idle.ready',
	),
	life(
		'busy.working',
		working,
		{ type: 'RESULT', generation: 1, promptId: 'pmt_1', outcome: 'finished', stopReason: 'end_turn' },
		'busy.working',
	),
	life(
		'busy.awaitingInput',
		awaiting,
		{ type: 'ANSWER', requestId: 'req_1', answer: { optionId: 'yes' }, by: 'operator' },
		'busy.working',
	),
	life(
		'busy.cancelling',
		[...awaiting, { type: 'CANCEL' }],
		due('cancelDeadline.agent.busy.cancelling'),
		'failed.backingOff',
	),
	life('stopped', [...working, { type: 'STOP', reason: 'enough' }], { type: 'RESTART' }, 'starting'),
	life('failed.backingOff', backingOff, due('backoff.agent.failed.backingOff'), 'starting'),
	life(
		'failed.resting',
		[
			...starting,
			{ type: 'LAUNCH_FAILED', generation: 1, failure: createFailure('command_not_found', 'No such command.') },
		],
		{ type: 'RESTART' },
		'starting',
	),
];

function life(
	state: string,
	events: readonly AgentCommandEvent[],
	next: AgentCommandEvent,
	nextState: string,
): AgentLife {
	return { state, input: agentInput, events, next, nextState };
}

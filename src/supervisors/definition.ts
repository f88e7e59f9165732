/** The supervisor as a durable actor: its machine, what its effects do, and what its steps project. */

import { supervisorMachine } from '../../machines/supervisor.ts';
import { triggerOfSupervisor } from '../../machines/supervisor-model.ts';
import type { Disclosed, DurableDefinition, EffectDefinition } from '../durable/definition.ts';
import { supervisorKind } from './address.ts';
import { supervisorContextSchema } from './context.ts';
import { projectSupervisorStep } from './projection.ts';

/** What is remembered of a mission, to which a restoration may set it back. */
const missionDisclosed = [
	...['progress', 'spawnedTaskIds.*', 'pendingQuestions.*.id', 'pendingQuestions.*.askedAt'],
	...['awaiting.mode', 'awaiting.taskIds.*', 'awaiting.ended.*.taskId', 'awaiting.ended.*.state'],
];

/** Not the mission, nor anything that was asked, answered, said or told. */
const supervisorDisclosed: Disclosed = {
	context: [
		...missionDisclosed,
		...['supervisorId', 'agentId', 'session.generation', 'interruption.at', 'interruption.source'],
		...['outbox.*.kind', 'current.promptId', 'current.note.kind', 'cutShort.kind', 'conversation.*.promptId'],
		...['restorationCount', 'lastRestoredAt', 'restorationSource', 'waits', 'saves'],
	],
	event: [
		...missionDisclosed.map((path) => `state.${path}`),
		...['agentId', 'promptId', 'outcome', 'progress', 'requestId', 'taskId', 'taskIds.*', 'mode', 'source', 'recovery'],
		...['start', 'session.generation', 'ends.*.taskId', 'ends.*.state', 'failure.code', 'failure.retryable'],
	],
};

export function createSupervisorDefinition(effects: Readonly<Record<string, EffectDefinition>>): DurableDefinition {
	return {
		kind: supervisorKind,
		machine: supervisorMachine,
		version: 1,
		context: supervisorContextSchema,
		disclosed: supervisorDisclosed,
		effects,
		describe: ({ event }) => ({ trigger: triggerOfSupervisor(event), generation: null }),
		project: projectSupervisorStep,
	};
}

import { assign, enqueueActions, setup } from 'xstate';
import {
	addFailure,
	endRunner,
	mayRetryRunner,
	type OrchestratorContext,
	type OrchestratorEvent,
	outputOf,
	runnerBackoffMs,
	runnerOf,
	runnersOf,
	without,
	withoutRunner,
} from './orchestrator-model.ts';
import { workflowRunnerMachine } from './workflow-runner.ts';
import type { RunnerInput, RunnerOutput } from './workflow-runner-model.ts';

/** The types of the machine do not know the events by which children end. */
interface Told {
	readonly event: unknown;
}

/**
 * The orchestrator: parent of every workflow runner. Whatever may have made a runner due (its agent is
 * there again, its workflow was saved, the runner before it has ended) makes it look in the store, and
 * whatever it finds without a live runner gets one. So it does not matter how often it is told, or in
 * which order.
 */
export const orchestratorMachine = setup({
	types: {
		context: {} as OrchestratorContext,
		events: {} as OrchestratorEvent,
	},
	actors: { workflowRunner: workflowRunnerMachine },
	actions: {
		/** Effect: lists enabled workflows whose agent is there: those of an agent, or one of them. */
		findWorkflows: (_, _params: { agentId: string } | { workflowId: string }) => {},
		/** Effect: disables a workflow whose trigger will never yield anything again, unless it was edited meanwhile. */
		retireWorkflow: (_, _params: RunnerOutput) => {},

		spawnRunners: enqueueActions(({ context, enqueue }, params: { workflows: readonly RunnerInput[] }) => {
			for (const workflow of withoutRunner(context, params.workflows)) {
				enqueue.spawnChild('workflowRunner', { id: workflow.workflowId, input: workflow });
			}
		}),
		/** One that lives stays as it is: it may follow another revision than the one that was found. */
		noteRunners: assign(({ context }, params: { workflows: readonly RunnerInput[] }) => ({
			runners: {
				...Object.fromEntries(params.workflows.map(({ workflowId, agentId }) => [workflowId, { agentId }])),
				...context.runners,
			},
		})),
		endRunner: enqueueActions(
			({ enqueue }, params: { workflowId: string; reason: 'edited' | 'disabled' | 'removed' }) => {
				enqueue(endRunner(params.workflowId, params.reason) as never);
			},
		),
		endRunnersOf: enqueueActions(({ context, enqueue }, params: { agentId: string }) => {
			for (const workflowId of runnersOf(context, params.agentId)) {
				enqueue(endRunner(workflowId, 'agentEnded') as never);
			}
		}),
		/** Also the acknowledgement: until it is stopped here, a runner that has ended is told of again. */
		forgetRunner: enqueueActions(({ enqueue }, params: { actorId: string }) => {
			enqueue.stopChild(params.actorId);
			enqueue.assign(({ context }) => ({ runners: without(context.runners, params.actorId) }));
		}),
		noteFailure: assign(({ context, event }, params: { actorId: string }) => ({
			failures: addFailure(context, params.actorId, event.at),
		})),
		forgetFailures: assign(({ context }, params: { workflowId: string }) => ({
			failures: without(context.failures, params.workflowId),
		})),
		retryRunnerLater: enqueueActions(({ context, event, enqueue }, params: { actorId: string }) => {
			enqueue.raise({ type: 'RUNNER_RETRY_DUE', workflowId: params.actorId } as OrchestratorEvent, {
				id: `retry ${params.actorId}`,
				delay: runnerBackoffMs(context, params.actorId, event.at),
			});
		}),
	},
	guards: {
		isLive: ({ context }, params: { workflowId: string }) => Object.hasOwn(context.runners, params.workflowId),
		isExhausted: (_, params: RunnerOutput) => params.reason === 'exhausted',
		hasRunnersOf: ({ context }, params: { agentId: string }) => runnersOf(context, params.agentId).length > 0,
		isAnyWithoutRunner: ({ context }, params: { workflows: readonly RunnerInput[] }) =>
			withoutRunner(context, params.workflows).length > 0,
		mayRetryRunner: ({ context, event }, params: { actorId: string }) =>
			mayRetryRunner(context, params.actorId, event.at),
	},
}).createMachine({
	id: 'orchestrator',
	options: { maxIterations: 100 },
	context: { runners: {}, failures: {} },
	initial: 'supervising',
	states: {
		supervising: {
			description: 'Keeps one runner for each enabled workflow whose agent is there.',
			on: {
				AGENT_STARTED: { actions: { type: 'findWorkflows', params: ({ event }) => ({ agentId: event.agentId }) } },
				AGENT_RESTARTED: { actions: { type: 'findWorkflows', params: ({ event }) => ({ agentId: event.agentId }) } },
				AGENT_ENDED: {
					guard: { type: 'hasRunnersOf', params: ({ event }) => event },
					actions: { type: 'endRunnersOf', params: ({ event }) => event },
				},
				WORKFLOW_SAVED: [
					{
						// Its end makes us look again.
						guard: { type: 'isLive', params: ({ event }) => event },
						actions: [
							{ type: 'forgetFailures', params: ({ event }) => event },
							{
								type: 'endRunner',
								params: ({ event }) => ({ workflowId: event.workflowId, reason: 'edited' as const }),
							},
						],
					},
					{
						actions: [
							{ type: 'forgetFailures', params: ({ event }) => event },
							{ type: 'findWorkflows', params: ({ event }) => ({ workflowId: event.workflowId }) },
						],
					},
				],
				WORKFLOW_ENDED: [
					{
						guard: { type: 'isLive', params: ({ event }) => event },
						actions: [
							{ type: 'forgetFailures', params: ({ event }) => event },
							{ type: 'endRunner', params: ({ event }) => event },
						],
					},
					{ actions: { type: 'forgetFailures', params: ({ event }) => event } },
				],
				WORKFLOWS_FOUND: [
					{
						guard: { type: 'isAnyWithoutRunner', params: ({ event }) => event },
						actions: [
							{ type: 'spawnRunners', params: ({ event }) => event },
							{ type: 'noteRunners', params: ({ event }) => event },
						],
					},
					{},
				],
				RUNNER_RETRY_DUE: {
					actions: { type: 'findWorkflows', params: ({ event }) => ({ workflowId: event.workflowId }) },
				},
				'xstate.done.actor.*': [
					{
						guard: { type: 'isExhausted', params: ({ event }: Told) => outputOf(event) },
						actions: [
							{ type: 'forgetRunner', params: ({ event }: Told) => runnerOf(event) },
							{ type: 'retireWorkflow', params: ({ event }: Told) => outputOf(event) },
						],
					},
					{
						actions: [
							{ type: 'forgetRunner', params: ({ event }: Told) => runnerOf(event) },
							{ type: 'findWorkflows', params: ({ event }: Told) => ({ workflowId: runnerOf(event).actorId }) },
						],
					},
				],
				'xstate.error.actor.*': [
					{
						guard: { type: 'mayRetryRunner', params: ({ event }: Told) => runnerOf(event) },
						actions: [
							{ type: 'retryRunnerLater', params: ({ event }: Told) => runnerOf(event) },
							{ type: 'forgetRunner', params: ({ event }: Told) => runnerOf(event) },
							{ type: 'noteFailure', params: ({ event }: Told) => runnerOf(event) },
						],
					},
					{
						actions: [
							{ type: 'forgetRunner', params: ({ event }: Told) => runnerOf(event) },
							{ type: 'noteFailure', params: ({ event }: Told) => runnerOf(event) },
						],
					},
				],
			},
		},
	},
});

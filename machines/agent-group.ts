import { assign, enqueueActions, setup } from 'xstate';
import {
	assignGroup,
	failuresOf,
	type GroupContext,
	type GroupEvent,
	type GroupInput,
	type GroupSettings,
	isNews,
	recentGroupRestarts,
	restartMembers,
	takenAlong,
} from './agent-group-model.ts';

/**
 * The agent group: agents that are restarted together, as their strategy says. A member that failed is
 * restarted by its own machine; the group only tells the others, who do it by their own machines too.
 */
export const agentGroupMachine = setup({
	types: {
		context: {} as GroupContext,
		events: {} as GroupEvent,
		input: {} as GroupInput,
		tags: {} as 'needsAttention',
	},
	actions: {
		// --- messages: stored with the step -----------------------------------------------------
		tellMembers: enqueueActions(({ context, enqueue }) => {
			for (const message of assignGroup(context.members, context.groupId)) enqueue(message as never);
		}),
		/** Those that join and those that leave; must come before `configure`. */
		tellChangedMembers: enqueueActions(({ context, enqueue }, params: { members: readonly string[] }) => {
			const left = context.members.filter((agentId) => !params.members.includes(agentId));
			const joined = params.members.filter((agentId) => !context.members.includes(agentId));
			for (const message of assignGroup(left, null)) enqueue(message as never);
			for (const message of assignGroup(joined, context.groupId)) enqueue(message as never);
		}),
		releaseMembers: enqueueActions(({ context, enqueue }) => {
			for (const message of assignGroup(context.members, null)) enqueue(message as never);
		}),
		restartOthers: enqueueActions(({ context, enqueue }, failed: { agentId: string; code: string }) => {
			const others = takenAlong(context, failed.agentId);
			for (const message of restartMembers(others, context.groupId, failed)) enqueue(message as never);
		}),

		// --- what it knows ----------------------------------------------------------------------
		noteFailure: assign(({ context }, failed: { agentId: string; generation: number }) => ({
			failures: { ...context.failures, [failed.agentId]: failed.generation },
		})),
		countRestart: assign(({ context, event }) => ({
			restarts: [...recentGroupRestarts(context, event.at), event.at],
		})),
		forgetRestarts: assign({ restarts: [] }),
		configure: assign(({ context }, settings: GroupSettings) => ({
			strategy: settings.strategy,
			members: settings.members,
			maxRestarts: settings.maxRestarts,
			withinSeconds: settings.withinSeconds,
			failures: failuresOf(context, settings.members),
		})),
	},
	guards: {
		isNews: ({ context }, failed: { agentId: string; generation: number }) =>
			isNews(context, failed.agentId, failed.generation),
		takesNobodyAlong: ({ context }, failed: { agentId: string; generation: number }) =>
			isNews(context, failed.agentId, failed.generation) && takenAlong(context, failed.agentId).length === 0,
		mayRestartOthers: ({ context, event }, failed: { agentId: string; generation: number }) =>
			isNews(context, failed.agentId, failed.generation) &&
			recentGroupRestarts(context, event.at).length < context.maxRestarts,
	},
}).createMachine({
	id: 'agentGroup',
	options: { maxIterations: 100 },
	context: ({ input }) => ({
		groupId: input.groupId,
		strategy: input.strategy,
		members: input.members,
		maxRestarts: input.maxRestarts,
		withinSeconds: input.withinSeconds,
		restarts: [],
		failures: {},
	}),
	initial: 'watching',
	entry: 'tellMembers',
	on: {
		CONFIGURE: {
			actions: [
				{ type: 'tellChangedMembers', params: ({ event }) => event },
				{ type: 'configure', params: ({ event }) => event },
			],
		},
		RESET: { target: '.watching', actions: 'forgetRestarts' },
		DISBAND: { target: '.disbanded', actions: 'releaseMembers' },
	},
	states: {
		watching: {
			description: 'A failure of one member takes others along, as the strategy says.',
			on: {
				MEMBER_FAILED: [
					{
						guard: { type: 'takesNobodyAlong', params: ({ event }) => event },
						actions: { type: 'noteFailure', params: ({ event }) => event },
					},
					{
						guard: { type: 'mayRestartOthers', params: ({ event }) => event },
						actions: [
							{ type: 'restartOthers', params: ({ event }) => event },
							{ type: 'noteFailure', params: ({ event }) => event },
							'countRestart',
						],
					},
					{
						guard: { type: 'isNews', params: ({ event }) => event },
						target: 'resting',
						actions: { type: 'noteFailure', params: ({ event }) => event },
					},
				],
			},
		},

		resting: {
			description: 'Its members failed too often: leaves the others alone until it is reset.',
			tags: ['needsAttention'],
			on: {
				MEMBER_FAILED: {
					guard: { type: 'isNews', params: ({ event }) => event },
					actions: { type: 'noteFailure', params: ({ event }) => event },
				},
			},
		},

		disbanded: {
			description: 'Gone with this step; its agents go on without it.',
			type: 'final',
		},
	},
});

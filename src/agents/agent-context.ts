/** What a stored context of the agent machine must look like; checked when a snapshot is restored. */

import { z } from 'zod';
import { nothingSpent } from '../../machines/agent-budget.ts';
import type { AgentContext } from '../../machines/agent-model.ts';
import { agentBudget } from './budget.ts';

const failure = z.looseObject({ code: z.string(), message: z.string(), retryable: z.boolean() });
const replyTo = z.strictObject({ address: z.string(), token: z.string() }).exactOptional();
const queuedPrompt = z.strictObject({ id: z.string(), repeatable: z.boolean(), replyTo });
const run = z.strictObject({
	id: z.string(),
	state: z.enum(['spawning', 'running', 'completed', 'failed', 'killed']),
	startedAt: z.number(),
	endedAt: z.number().nullable(),
	failure: failure.nullable(),
});
const json = z.record(z.string(), z.unknown());
const spending = z.strictObject({
	cost: z.number(),
	tokens: z.number(),
	reported: z.strictObject({ generation: z.number(), sessionId: z.string().nullable(), cost: z.number() }).nullable(),
	warned: z.array(z.enum(['cost', 'tokens', 'turnSeconds'])).readonly(),
	turnMs: z.number(),
	workingSince: z.number().nullable(),
	overtime: z.boolean(),
	pass: z.boolean(),
	asked: z.number().int(),
});

export const agentContextSchema = z.strictObject({
	agentId: z.string(),
	autoStart: z.boolean(),
	settings: z.strictObject({
		transport: z.enum(['stdio', 'websocket']),
		restart: z.strictObject({
			policy: z.enum(['permanent', 'transient', 'temporary']),
			maxRestarts: z.number().int().nonnegative(),
			withinSeconds: z.number().positive(),
			backoffMs: z.strictObject({ initial: z.number().nonnegative(), max: z.number().nonnegative() }),
			hung: z.enum(['notify', 'restart']).exactOptional(),
		}),
		interruptedTurn: z.enum(['fail', 'retry', 'ask', 'resume']),
		startupTimeoutMs: z.number().positive(),
		reconnectGraceMs: z.number().nonnegative(),
		cancelTimeoutMs: z.number().positive(),
		maxQueuedPrompts: z.number().int().positive(),
		group: z.string().nullable().exactOptional(),
		budget: agentBudget.nullable().exactOptional(),
	}),
	generation: z.number().int().nonnegative(),
	run: run.nullable(),
	previousRun: run.nullable(),
	process: z.strictObject({ pid: z.number().int(), processStart: z.string().nullable() }).nullable(),
	sessionId: z.string().nullable(),
	queue: z.array(queuedPrompt),
	turn: queuedPrompt.extend({ cancelledBy: z.string().exactOptional() }).nullable(),
	resumable: queuedPrompt.nullable(),
	interruptionNotice: z.boolean(),
	requests: z.array(
		z.strictObject({
			id: z.string(),
			origin: z.enum(['agent', 'interruption', 'escalation', 'budget']),
			promptId: z.string(),
			attached: z.boolean(),
			fingerprint: z.string(),
			answer: json.nullable(),
			replyTo,
			deadline: z.strictObject({ at: z.number(), answer: json.nullable() }).exactOptional(),
		}),
	),
	suspension: z.strictObject({ reason: z.string(), until: z.number().nullable() }).nullable(),
	failure: failure.nullable(),
	failedAt: z.number().nullable(),
	restarts: z.array(z.number()),
	failures: z.array(z.strictObject({ at: z.number(), code: z.string(), message: z.string() })).default([]),
	usage: json.nullable(),
	spending: spending.default(nothingSpent),
}) satisfies z.ZodType<AgentContext>;

/**
 * What runners' machines ask for: reading triggers, finding what is due, making prompts of dispatches,
 * asking after prompts and taking them back.
 *
 * 1. Every effect may run again after a crash: reading is harmless, intake accepts an item once, and a
 *    prompt is submitted under the key of its attempt, so that a repetition finds the first one.
 * 2. A runner follows one revision of its workflow. An effect that finds another ends it.
 * 3. What goes wrong is told to the machine, which backs off or settles. What a stop cuts short is not:
 *    it is taken up again at the next start.
 */

import type { AgentContext } from '../../machines/agent-model.ts';
import { holdsPrompt, settledByRow } from '../../machines/prompt-settlement.ts';
import {
	attemptKey,
	type CurrentPrompt,
	type EndReason,
	type RunnerCommandEvent,
	runnerName,
} from '../../machines/workflow-runner-model.ts';
import type { AgentService } from '../agents/service.ts';
import type { PromptView, Reads } from '../agents/views.ts';
import type { Clock } from '../durable/clock.ts';
import type { EffectContext } from '../durable/definition.ts';
import { createFailure, type StatecraftError, toStatecraftError } from '../errors.ts';
import { readPolicy } from '../requests/policy/schema.ts';
import { runnerAddress } from './address.ts';
import type { QueueBroker } from './queue-broker.ts';
import type { PromptRenderer } from './rendering.ts';
import type { Intake } from './service.ts';
import { PollError } from './triggers/poll-error.ts';
import type { Sources } from './triggers/sources.ts';
import type { Trigger } from './triggers/trigger-config.ts';
import type { DispatchView, WorkflowReads, WorkflowView } from './views.ts';

export interface RunnerEffectsDeps {
	readonly clock: Clock;
	readonly reads: Pick<
		WorkflowReads,
		'workflow' | 'dispatch' | 'dispatchPrompts' | 'dispatchUnderWay' | 'dueDispatch' | 'nextDueAt'
	> &
		Pick<Reads, 'agent' | 'prompt' | 'promptByKey'>;
	readonly sources: Sources;
	readonly intake: Intake;
	readonly queues: Pick<QueueBroker, 'holding'>;
	readonly renderer: PromptRenderer;
	/** Made after the system, which needs these effects. */
	agents(): Pick<AgentService, 'submitPrompt' | 'cancelPrompt'>;
	/** The agent's committed context; undefined while its actor is not there. */
	contextOf(agentId: string): AgentContext | undefined;
}

interface OfWorkflow {
	readonly workflowId: string;
	readonly revision: number;
}

type Outcome = Promise<RunnerCommandEvent | undefined>;

export interface RunnerEffects {
	poll(params: OfWorkflow & { cursor: unknown }, context: EffectContext): Outcome;
	findDue(params: OfWorkflow): Outcome;
	submit(
		params: OfWorkflow & { agentId: string; dispatchId: string; attempt: number },
		context: EffectContext,
	): Outcome;
	checkPrompt(params: CurrentPrompt): Outcome;
	withdrawPrompt(params: CurrentPrompt): Outcome;
}

export function createRunnerEffects(deps: RunnerEffectsDeps): RunnerEffects {
	const { clock, reads, sources, intake, queues, renderer } = deps;

	/** The workflow at the runner's revision, or why the runner is to end. */
	async function follow({ workflowId, revision }: OfWorkflow): Promise<WorkflowView | EndReason> {
		const workflow = await reads.workflow(workflowId);
		if (!workflow) return 'removed';
		if (!workflow.enabled) return 'disabled';
		if (workflow.revision !== revision) return 'edited';
		// It may have ended after it was found, and before its runner could be told.
		const agent = await reads.agent(workflow.agentId);
		return agent?.tags.includes('terminal') ? 'agentEnded' : workflow;
	}

	const poll: RunnerEffects['poll'] = async ({ workflowId, revision, cursor }, { signal }) => {
		try {
			const workflow = await follow({ workflowId, revision });
			if (typeof workflow === 'string') return { type: 'END', reason: workflow };
			const trigger = workflow.trigger as Trigger;
			const { agentId, updatedAt: since } = workflow;
			const now = clock.now();
			const read = await sources.of(trigger).poll({ workflowId, agentId, trigger, cursor, now, since, signal });
			// That may have taken long: what an edited workflow reads no more is not its business.
			const still = read.items.length === 0 ? workflow : await follow({ workflowId, revision });
			if (typeof still === 'string') return { type: 'END', reason: still };
			await intake.accept(workflow, read.items);
			const { cursor: readTo, nextPollAt, exhausted = false } = read;
			return { type: 'POLLED', cursor: readTo, nextPollAt, exhausted };
		} catch (thrown) {
			if (signal.aborted) throw thrown;
			const retryAt = thrown instanceof PollError ? thrown.retryAt : null;
			return { type: 'POLL_FAILED', failure: toFailure(thrown), retryAt };
		}
	};

	const findDue: RunnerEffects['findDue'] = async (params) => {
		const { workflowId } = params;
		const workflow = await follow(params);
		if (typeof workflow === 'string') return { type: 'END', reason: workflow };
		// Taken up by a runner that was lost: the same attempt goes on, and finds its prompt by its key.
		const left = await reads.dispatchUnderWay(workflowId);
		if (left) return take(left, left.attempts);
		const due = await reads.dueDispatch(workflowId, clock.now());
		if (due) return take(due, due.attempts + 1);
		return { type: 'NOTHING_DUE', nextDueAt: await reads.nextDueAt(workflowId) };
	};

	const submit: RunnerEffects['submit'] = async ({ agentId, dispatchId, attempt, ...followed }, { signal }) => {
		const token = attemptKey(dispatchId, attempt);
		try {
			// Whatever became of the workflow since: what was handed over is followed.
			const first = await findPrompt(agentId, dispatchId, token);
			if (first) return { type: 'SUBMITTED', token, promptId: first.id };
			const dispatch = await reads.dispatch(dispatchId);
			const workflow = await follow(followed);
			if (!dispatch || typeof workflow === 'string') return refuse(token);
			const hand = () => handOver(workflow, dispatch, attempt);
			const promptId =
				dispatch.queueItemId === null ? await hand() : await queues.holding(dispatch.queueItemId, dispatchId, hand);
			return promptId === undefined ? skipSuperseded(token) : { type: 'SUBMITTED', token, promptId };
		} catch (thrown) {
			if (signal.aborted) throw thrown;
			return explain(toStatecraftError(thrown), token);
		}
	};

	/** The prompt of the attempt. Of a runner that was lost it may be with another agent than this one's. */
	async function findPrompt(agentId: string, dispatchId: string, token: string): Promise<PromptView | undefined> {
		const own = await reads.promptByKey(agentId, token);
		return own ?? (await reads.dispatchPrompts(dispatchId)).find(({ idempotencyKey }) => idempotencyKey === token);
	}

	async function handOver(workflow: WorkflowView, dispatch: DispatchView, attempt: number): Promise<string> {
		const { id: workflowId, agentId } = workflow;
		const text = await renderer.render(workflow, dispatch, attempt);
		const token = attemptKey(dispatch.id, attempt);
		const replyTo = { address: runnerAddress(workflowId), token };
		const by = runnerName(workflowId);
		const policy = workflow.policy === null ? {} : { policy: readPolicy(workflow.policy) };
		const prompt = { text, idempotencyKey: token, replyTo, ...policy };
		const { id } = await deps.agents().submitPrompt(agentId, prompt, { by });
		return id;
	}

	const checkPrompt: RunnerEffects['checkPrompt'] = async ({ promptId, token }) => {
		// The row first: a prompt that is settled in between is told by the agent.
		const prompt = await reads.prompt(promptId);
		if (!prompt) return settledByRow(undefined, promptId, token);
		const context = deps.contextOf(prompt.agentId);
		if (!context || holdsPrompt(context, promptId)) return undefined;
		return settledByRow(await reads.prompt(promptId), promptId, token);
	};

	const withdrawPrompt: RunnerEffects['withdrawPrompt'] = async (params) => {
		const { workflowId, promptId } = params;
		const prompt = await reads.prompt(promptId);
		const queue = (prompt && deps.contextOf(prompt.agentId)?.queue) ?? [];
		if (!queue.some(({ id }) => id === promptId)) return checkPrompt(params);
		try {
			await deps.agents().cancelPrompt(promptId, { by: runnerName(workflowId), onlyQueued: true });
		} catch (thrown) {
			// Its turn has begun, or it has ended: either way its end is told.
			const { code } = toStatecraftError(thrown);
			if (code !== 'prompt_settled' && code !== 'prompt_not_found' && code !== 'actor_quarantined') throw thrown;
		}
		return undefined;
	};

	return { poll, findDue, submit, checkPrompt, withdrawPrompt };
}

function take({ id, sourceId, maxAttempts, queueItemId }: DispatchView, attempt: number): RunnerCommandEvent {
	return { type: 'TAKEN', dispatch: { id, sourceId, attempt, maxAttempts, queueItemId } };
}

function refuse(token: string): RunnerCommandEvent {
	const failure = createFailure('superseded', 'The workflow was changed, or its agent has ended, meanwhile.');
	return { type: 'SUBMIT_REFUSED', token, failure };
}

function skipSuperseded(token: string): RunnerCommandEvent {
	const failure = createFailure('superseded', 'The queue gave the item to another workflow.');
	return { type: 'SKIPPED', token, failure };
}

/** What a prompt that could not be submitted means for its dispatch. */
function explain(error: StatecraftError, token: string): RunnerCommandEvent {
	const failure = toFailure(error);
	switch (error.code) {
		case 'prompt_blank':
			return { type: 'SKIPPED', token, failure };
		case 'template_invalid':
		case 'prompt_too_large':
			return { type: 'SUBMIT_FAILED', token, failure };
		default:
			// The agent takes no prompts, or the store is away: not the item's fault.
			return { type: 'SUBMIT_REFUSED', token, failure };
	}
}

function toFailure(thrown: unknown) {
	const { code, message, extras } = toStatecraftError(thrown, 'trigger_failed');
	return extras.issues ? createFailure(code, message, { issues: extras.issues }) : createFailure(code, message);
}

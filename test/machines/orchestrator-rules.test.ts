/** Rules of the orchestrator by example: short lives, one second a step. */

import { describe, expect, test } from 'vitest';
import {
	type OrchestratorCommandEvent,
	orchestratorTriggers,
	triggerOfOrchestrator,
} from '../../machines/orchestrator-model.ts';
import type { RunnerInput } from '../../machines/workflow-runner-model.ts';
import {
	contextOfOrchestrator,
	found,
	type OrchestratorStep,
	orchestratorSteps,
	projectOrchestrator,
	runnerDone,
	runnerFailed,
} from './orchestrator-steps.ts';

interface OrchestratorLife {
	readonly context: ReturnType<typeof contextOfOrchestrator>;
	/** Ids of its children. */
	readonly children: readonly string[];
	readonly step: OrchestratorStep;
	can(event: OrchestratorCommandEvent): boolean;
	/** Takes events that it must not refuse, each a second after the one before. */
	take(...events: readonly OrchestratorCommandEvent[]): OrchestratorLife;
	after(seconds: number): OrchestratorLife;
	/** Effects that the last step asked for. */
	asked(): ReadonlyArray<readonly [name: string, params: unknown]>;
	/** Whom the last step told what. */
	told(): ReadonlyArray<readonly [to: unknown, event: unknown]>;
	/** Milliseconds until the retry that the last step set; undefined when it set none. */
	retryIn(): number | undefined;
}

function begin(): OrchestratorLife {
	return lifeAt(orchestratorSteps.create(undefined, 0), 0);
}

function lifeAt(step: OrchestratorStep, now: number): OrchestratorLife {
	const paramsOf = (type: string) => step.actions.filter((action) => action.type === type).map(({ params }) => params);
	return {
		context: contextOfOrchestrator(step.after),
		children: Object.keys(step.after.children),
		step,
		can: (event) => orchestratorSteps.take(step.after, event, now + 1_000).accepted,
		take(...events) {
			const [event, ...rest] = events;
			if (!event) return lifeAt(step, now);
			const next = orchestratorSteps.take(step.after, event, now + 1_000);
			if (!next.accepted) throw new Error(`refuses ${event.type}`);
			return lifeAt(next, now + 1_000).take(...rest);
		},
		after: (seconds) => lifeAt(step, now + seconds * 1_000),
		asked: () =>
			step.actions.filter(({ type }) => /Workflows?$/.test(type)).map(({ type, params }) => [type, params] as const),
		told: () => paramsOf('tell').map(({ to, event }) => [to, event] as const),
		retryIn: () => paramsOf('xstate.raise')[0]?.delay as number | undefined,
	};
}

const find = (...workflows: readonly RunnerInput[]): OrchestratorCommandEvent => ({
	type: 'WORKFLOWS_FOUND',
	workflows,
});
const agent = (
	type: 'AGENT_STARTED' | 'AGENT_RESTARTED' | 'AGENT_ENDED',
	agentId = 'agt_1',
): OrchestratorCommandEvent => {
	return { type, agentId, generation: 1 };
};
const saved: OrchestratorCommandEvent = { type: 'WORKFLOW_SAVED', workflowId: 'wfl_1' };
const disabled: OrchestratorCommandEvent = { type: 'WORKFLOW_ENDED', workflowId: 'wfl_1', reason: 'disabled' };
const both = () => begin().take(find(found(1), found(2)));

describe('it looks for what is to run', () => {
	test.each([
		['an agent connected', begin, agent('AGENT_STARTED'), { agentId: 'agt_1' }],
		['an agent connected again', both, agent('AGENT_RESTARTED'), { agentId: 'agt_1' }],
		['a workflow without a runner was saved', begin, saved, { workflowId: 'wfl_1' }],
		['a runner ended', both, runnerDone('wfl_1', 'agentEnded'), { workflowId: 'wfl_1' }],
		[
			'a failed runner is to be tried again',
			begin,
			{ type: 'RUNNER_RETRY_DUE', workflowId: 'wfl_1' },
			{ workflowId: 'wfl_1' },
		],
	] as const)('[OR2] when %s', (_name, live, event, of) => {
		expect(live().take(event).asked()).toEqual([['findWorkflows', of]]);
	});
});

describe('runners', () => {
	test('[OR3] are begun for all that was found, in one step', () => {
		expect(both().children).toEqual(['wfl_1', 'wfl_2']);
		expect(both().context.runners).toEqual({ wfl_1: { agentId: 'agt_1' }, wfl_2: { agentId: 'agt_2' } });
	});

	test('[OR3] are begun once, however often and however late they are found', () => {
		const again = both().take(agent('AGENT_RESTARTED'), agent('AGENT_RESTARTED'));
		expect(again.can(find(found(1), found(2)))).toBe(false);
		expect(again.can(find())).toBe(false);
		const third = again.take(find(found(2), found(3), found(1)));
		expect(third.step.actions.map(({ type, params }) => [type, params.id])).toEqual([['xstate.spawnChild', 'wfl_3']]);
	});

	test('[OR4] keep their agent, whatever is found meanwhile', () => {
		const moved = begin().take(find(found(1)), find(found(1, { revision: 2, agentId: 'agt_2' }), found(3)));
		expect(moved.context.runners.wfl_1).toEqual({ agentId: 'agt_1' });
		expect(moved.take(agent('AGENT_ENDED')).told()).toHaveLength(1);
	});

	test('[OR6] end with their agent, and no others do', () => {
		const ended = both().take(agent('AGENT_ENDED'));
		expect(ended.told()).toEqual([['orchestrator:main/wfl_1', { type: 'END', reason: 'agentEnded' }]]);
		// It lives until it says that it has ended.
		expect(ended.children).toEqual(['wfl_1', 'wfl_2']);
		expect(both().can(agent('AGENT_ENDED', 'agt_9'))).toBe(false);
		expect(begin().can(agent('AGENT_ENDED'))).toBe(false);
	});

	test('[OR7] end when their workflow is saved, disabled or removed', () => {
		expect(both().take(saved).told()).toEqual([['orchestrator:main/wfl_1', { type: 'END', reason: 'edited' }]]);
		expect(both().take(saved).asked()).toEqual([]);
		expect(both().take(disabled).told()).toEqual([['orchestrator:main/wfl_1', { type: 'END', reason: 'disabled' }]]);
		const gone = begin().take({ ...disabled, reason: 'removed' } as OrchestratorCommandEvent);
		expect([gone.told(), gone.asked()]).toEqual([[], []]);
	});

	test('[OR8] that have ended are removed in the step that takes note, and looked for again', () => {
		const ended = both().take(runnerDone('wfl_1', 'edited'));
		expect([ended.children, Object.keys(ended.context.runners)]).toEqual([['wfl_2'], ['wfl_2']]);
		expect(ended.take(find(found(1, { revision: 2 }))).children).toEqual(['wfl_2', 'wfl_1']);
	});

	test('[OR8] that are exhausted have their workflow disabled', () => {
		const ended = both().take(runnerDone('wfl_1', 'exhausted', 3));
		expect(ended.asked()).toEqual([['retireWorkflow', { workflowId: 'wfl_1', revision: 3, reason: 'exhausted' }]]);
		expect(ended.children).toEqual(['wfl_2']);
	});
});

describe('a runner that fails', () => {
	const fail = (life: OrchestratorLife) => life.take(find(found(1)), runnerFailed('wfl_1'));

	test('[OR9] is begun again after pauses that double, five times in ten minutes', () => {
		let life = begin();
		for (let failure = 0; failure < 5; failure++) {
			life = fail(life);
			expect(life.retryIn()).toBeGreaterThanOrEqual(0.8 * 1_000 * 2 ** failure);
			expect(life.retryIn()).toBeLessThanOrEqual(1.2 * 1_000 * 2 ** failure);
			expect([life.children, life.asked()]).toEqual([[], []]);
		}
		life = fail(life);
		expect([life.retryIn(), life.context.failures.wfl_1?.length]).toEqual([undefined, 6]);
		expect(life.take(agent('AGENT_RESTARTED')).asked()).toEqual([['findWorkflows', { agentId: 'agt_1' }]]);
	});

	test('[OR9] counts what the last ten minutes saw, for the pause as well', () => {
		const tired = [1, 2, 3, 4, 5, 6].reduce(fail, begin());
		const later = fail(tired.after(600));
		expect(later.context.failures.wfl_1).toHaveLength(1);
		expect(later.retryIn()).toBeLessThanOrEqual(1_200);
	});

	test('[OR7] is forgiven when its workflow is saved or disabled, with and without a runner', () => {
		const tired = [1, 2, 3, 4, 5, 6].reduce(fail, begin());
		for (const forgiven of [tired.take(saved), tired.take(find(found(1)), saved), tired.take(disabled)]) {
			expect(forgiven.context.failures).toEqual({});
		}
		expect(fail(tired.take(find(found(1)), saved, runnerDone('wfl_1', 'edited'))).retryIn()).toBeLessThanOrEqual(1_200);
	});

	test('[OR9] harms no other', () => {
		const failed = both().take(runnerFailed('wfl_1'));
		expect([failed.children, failed.told()]).toEqual([['wfl_2'], []]);
	});

	test('[OR11] is forgotten when another fails after its window', () => {
		const [first, second] = [begin().take(runnerFailed('wfl_1')), runnerFailed('wfl_2')];
		expect(Object.keys(first.after(598).take(second).context.failures)).toEqual(['wfl_1', 'wfl_2']);
		expect(Object.keys(first.after(599).take(second).context.failures)).toEqual(['wfl_2']);
	});

	test('[OR13] is shown, and why', () => {
		const { records, events } = projectOrchestrator(both().take(runnerFailed('wfl_1')).step);
		const error = expect.stringContaining('it is broken');
		expect(records).toEqual([
			{
				op: 'update',
				table: 'workflows',
				id: 'wfl_1',
				set: { runner_state: null, runner_next_at: null, runner_error: error },
			},
		]);
		expect(events.map(({ topic, agentId, data }) => [topic, agentId, data])).toEqual([
			['workflow.runner.changed', 'agt_1', error],
		]);
	});
});

test('[OR1] every event has one trigger, of a closed vocabulary', () => {
	const types = ['xstate.init', 'AGENT_STARTED', 'AGENT_RESTARTED', 'AGENT_ENDED', 'WORKFLOW_SAVED', 'WORKFLOW_ENDED'];
	const more = ['WORKFLOWS_FOUND', 'RUNNER_RETRY_DUE', 'xstate.done.actor.wfl_1', 'xstate.error.actor.wfl_1'];
	expect([...types, ...more].map((type) => triggerOfOrchestrator({ type }))).toEqual(orchestratorTriggers);
});

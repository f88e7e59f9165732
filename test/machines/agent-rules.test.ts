/** Rules of the agent by example: what a life looks like that shows each. */

import { describe, expect, test } from 'vitest';
import { type AgentCommandEvent, noteFailure, type RequestDeadline } from '../../machines/agent-model.ts';
import { orchestratorAddress } from '../../machines/orchestrator-model.ts';
import { crash, hopeless, ourRestart, replyTo } from './agent-events.ts';
import {
	type AgentLife,
	answer,
	asks,
	begin,
	connected,
	crashed,
	due,
	finished,
	prompt,
	restartIt,
	resume,
	spawn,
	stop,
	suspend,
} from './agent-life.ts';
import { agentDefinition, projectStep, viewOf } from './agent-steps.ts';

const backoffIsOver = due('backoff', 'failed.backingOff');

describe('a launch', () => {
	test('[AG6] a new agent rests until it is asked for', () => {
		const agent = begin();
		expect([agent.state, agent.step.actions]).toEqual(['pending', []]);
		expect(agent.take(prompt('pmt_1')).state).toBe('pending');
		expect(agent.take(prompt('pmt_1', { start: true })).state).toBe('starting');
		expect(agent.can({ type: 'DIALED_IN' })).toBe(false);
		expect(begin({ transport: 'websocket' }).take({ type: 'DIALED_IN' }).state).toBe('starting');
	});

	test('[AG7] begins a run of the next generation and takes up the session there is', () => {
		const first = begin().take(spawn);
		expect(first.asked('launch')).toEqual([{ generation: 1, resume: null }]);
		expect(first.context.run).toMatchObject({ id: 'run_1_1', state: 'spawning', endedAt: null });
		const second = first.take(connected(), restartIt);
		expect(second.asked('launch')).toEqual([{ generation: 2, resume: 'session' }]);
		expect(second.context.previousRun).toMatchObject({ id: 'run_1_1', state: 'completed' });
	});

	test('[AG9, P6] a deadline kills a process that does not shake hands; one that dials in is awaited', () => {
		const late = due('startupDeadline', 'starting');
		const process = begin().take(spawn, late);
		expect([process.state, process.context.failure?.code]).toEqual(['failed.backingOff', 'startup_timeout']);
		expect(process.asked('endRun')).toEqual([{ generation: 1, mode: 'kill' }]);
		const away = begin({ transport: 'websocket' }).take(spawn, late);
		expect([away.state, away.context.failure?.code]).toEqual(['failed.resting', 'connection_lost']);
		expect(away.asked('endRun')).toEqual([{ generation: 1, mode: 'kill' }]);
		expect(away.take({ type: 'DIALED_IN' }).state).toBe('starting');
	});
});

describe('a turn', () => {
	test('[AG17, AG21] is followed by the next in one step, which tells of no change of state', () => {
		const agent = begin().take(spawn, connected(), prompt('pmt_1'), prompt('pmt_2'), finished('pmt_1'));
		expect([agent.state, agent.context.turn?.id, agent.context.queue]).toEqual(['busy.working', 'pmt_2', []]);
		expect(agent.asked('deliverPrompt')).toMatchObject([{ promptId: 'pmt_2', continuation: false, notice: false }]);
	});

	test('[AG45] tells of a change of state, or of what else changed', () => {
		const busy = begin().take(spawn, connected(), prompt('pmt_1'));
		expect(busy.topics()).toEqual(['agent.state.changed', 'prompt.queued', 'prompt.started']);
		const waiting = busy.take(prompt('pmt_2'));
		expect(waiting.topics()).toEqual(['agent.updated', 'prompt.queued']);
		expect(waiting.take(finished('pmt_1')).topics()).toEqual(['agent.updated', 'prompt.finished', 'prompt.started']);
	});

	test('[AG44] shows in the row', () => {
		const agent = begin().take(spawn, { type: 'LAUNCHED', generation: 1, pid: 4711, processStart: '99' }, connected());
		expect(agent.row()).toMatchObject({ execution_state: 'idle', substate: 'ready', tags: '["alive","available"]' });
		expect(agent.row()).toMatchObject({ generation: 1, pid: 4711, session_id: 'session', error: null, version: 2 });
		const failed = agent.take(prompt('pmt_1'), prompt('pmt_2'), crashed());
		expect(failed.row()).toMatchObject({ execution_state: 'failed', substate: 'backingOff', pid: null });
		expect(failed.row()).toMatchObject({ queued_prompts: 1, error: JSON.stringify(crash) });
	});

	test('[AG18] the queue is bounded; what comes back from a turn may exceed it', () => {
		const full = begin({ interruptedTurn: 'retry', maxQueuedPrompts: 1 }).take(
			...[spawn, connected(), prompt('pmt_1', { repeatable: true }), prompt('pmt_2')],
		);
		expect(full.can(prompt('pmt_3'))).toBe(false);
		const again = full.take(crashed());
		expect(again.context.queue.map(({ id }) => id)).toEqual(['pmt_1', 'pmt_2']);
		expect(again.can(prompt('pmt_3'))).toBe(false);
	});

	test('[AG19] a prompt sent to an agent that is stopped or has given up is refused unless it starts it', () => {
		const stopped = begin().take(spawn, stop);
		const resting = begin().take(spawn, { type: 'LAUNCH_FAILED', generation: 1, failure: hopeless });
		const backingOff = begin().take(spawn, connected(), crashed());
		expect(backingOff.take(prompt('pmt_1')).context.queue).toHaveLength(1);
		for (const agent of [stopped, resting]) {
			expect(agent.can(prompt('pmt_1'))).toBe(false);
			const started = agent.take(prompt('pmt_1', { start: true }));
			expect([started.state, started.context.failure, started.context.queue.length]).toEqual(['starting', null, 1]);
		}
	});

	test('[AG20] a prompt is taken back before its turn, and with `onlyQueued` no later', () => {
		const takeBack = (promptId: string) => ({ type: 'CANCEL_PROMPT', promptId, onlyQueued: true }) as const;
		const busy = begin().take(spawn, connected(), prompt('pmt_1'), prompt('pmt_2'));
		expect([busy.take(takeBack('pmt_2')).context.queue, busy.can(takeBack('pmt_1'))]).toEqual([[], false]);
		expect(busy.take(asks('req_1')).can(takeBack('pmt_1'))).toBe(false);
		expect(busy.take({ type: 'CANCEL_PROMPT', promptId: 'pmt_1' }).state).toBe('busy.cancelling');
	});

	test('[AG16] that does not end when it is cancelled ends with its process', () => {
		const cancelling = begin().take(spawn, connected(), prompt('pmt_1'), asks('req_1'), { type: 'CANCEL' });
		expect([cancelling.state, cancelling.context.requests]).toEqual(['busy.cancelling', []]);
		const failed = cancelling.take(due('cancelDeadline', 'busy.cancelling'));
		expect([failed.state, failed.context.failure?.code]).toEqual(['failed.backingOff', 'unresponsive']);
		expect(failed.asked('endRun')).toEqual([{ generation: 1, mode: 'kill' }]);
	});
});

describe('a turn cut short', () => {
	test.each([
		['is told of with the next prompt, once, where the session was taken up', true, [true, false]],
		['is not told of to a session that knows nothing of it', false, [false, false]],
	])('[AG4] %s', (_title, resumed, notices) => {
		const agent = begin().take(spawn, connected(), prompt('pmt_1'), crashed(), backoffIsOver, connected(2, resumed));
		const next = agent.take(prompt('pmt_2'));
		const last = next.take(finished('pmt_2', 2), prompt('pmt_3'));
		expect([next, last].flatMap((life) => life.asked('deliverPrompt')).map(({ notice }) => notice)).toEqual(notices);
	});

	test('[AG25] is taken up again with its session, and not without', () => {
		const away = begin({ interruptedTurn: 'resume' }).take(
			spawn,
			connected(),
			prompt('pmt_1'),
			crashed(),
			backoffIsOver,
		);
		const back = away.take(connected(2, true));
		expect([back.state, back.context.turn?.id]).toEqual(['busy.working', 'pmt_1']);
		expect(back.asked('deliverPrompt')).toMatchObject([{ promptId: 'pmt_1', continuation: true, notice: true }]);
		for (const other of [away.take(connected(2, false)), away.take(suspend, connected(2, true))]) {
			expect([other.context.turn, other.context.resumable]).toEqual([null, null]);
		}
	});

	test('[AG12, AG30] by a stop stays so whatever the policy; the queue stays', () => {
		for (const interruptedTurn of ['fail', 'retry', 'ask', 'resume'] as const) {
			const running = begin({ interruptedTurn }).take(
				...[spawn, connected(), prompt('pmt_1', { repeatable: true }), prompt('pmt_2'), asks('req_1'), suspend],
			);
			const { context } = running.take(stop);
			expect(context).toMatchObject({ turn: null, resumable: null, requests: [], suspension: null });
			expect(context.queue).toEqual([{ id: 'pmt_2', repeatable: false }]);
		}
	});
});

describe('a request', () => {
	const asking = begin().take(spawn, connected(), prompt('pmt_1'), asks('req_1'));

	test('[AG27, AG28] keeps the agent waiting until all have an answer, and goes once that was delivered', () => {
		const two = asking.take(asks('req_2'), answer('req_1'));
		expect([two.state, two.asked('deliverAnswer')]).toEqual([
			'busy.awaitingInput',
			[{ generation: 1, requestId: 'req_1' }],
		]);
		expect(two.can(answer('req_1', 'no'))).toBe(false);
		const working = two.take(answer('req_2'), { type: 'ANSWER_DELIVERED', requestId: 'req_1' });
		expect([working.state, working.context.requests.map(({ id }) => id)]).toEqual(['busy.working', ['req_2']]);
		expect(asking.can({ type: 'ANSWER_DELIVERED', requestId: 'req_1' })).toBe(false);
	});

	test('[AG29, P5] outlives its run, is answered meanwhile, and is not asked twice', () => {
		const next = asking.take(crashed(), answer('req_1'), backoffIsOver, connected(2, true), prompt('pmt_2'));
		expect(next.context.requests).toMatchObject([{ id: 'req_1', attached: false, answer: { optionId: 'yes' } }]);
		expect(next.take(asks('req_1', 2)).state).toBe('busy.working');
	});

	test('[AG40] is not withdrawn by an earlier run', () => {
		const again = asking.take(crashed(), backoffIsOver, connected(2, true), prompt('pmt_2'), asks('req_1', 2));
		const withdrawn = (generation: number) =>
			({ type: 'INPUT_WITHDRAWN', generation, requestId: 'req_1', note: 'never mind' }) as const;
		expect(again.can(withdrawn(1))).toBe(false);
		expect(again.take(withdrawn(2)).context.requests).toEqual([]);
	});

	test('[AG31] counts as open until it has an answer', () => {
		expect(asking.row().open_requests).toBe(1);
		expect(asking.take(crashed()).row().open_requests).toBe(1);
		expect(asking.take(answer('req_1')).row().open_requests).toBe(0);
	});
});

describe('a suspension', () => {
	test('[AG33] keeps prompts waiting until it is lifted or its time has come', () => {
		const idle = begin().take(spawn, connected());
		const told = idle.take(suspend, prompt('pmt_1'));
		expect(told.state).toBe('idle.suspended.untilTold');
		expect(told.take(resume).state).toBe('busy.working');
		const timed = idle.take({ type: 'SUSPEND', until: 10_000 }, prompt('pmt_1'));
		expect(timed.state).toBe('idle.suspended.untilTime');
		expect(timed.take(due('resumeTime', 'idle.suspended.untilTime')).state).toBe('busy.working');
	});

	test('[AG33, P6] until a time that has passed is over at once', () => {
		const [timer] = begin().take(spawn, connected(), { type: 'SUSPEND', until: 1 }).asked('xstate.raise');
		expect(timer?.delay).toBe(0);
	});

	test('[AG34] outlives a crash and a restart, not a stop', () => {
		const suspended = begin().take(spawn, connected(), suspend);
		expect(suspended.take(crashed(), backoffIsOver, connected(2)).state).toBe('idle.suspended.untilTold');
		expect(suspended.take(restartIt, connected(2)).state).toBe('idle.suspended.untilTold');
		expect(suspended.take(stop, restartIt, connected(2)).state).toBe('idle.ready');
	});

	test('[AG32] is for the time after a launch and after a turn; nothing to suspend where nothing lives', () => {
		expect(begin().take(spawn, suspend, connected()).state).toBe('idle.suspended.untilTold');
		const after = begin().take(spawn, connected(), prompt('pmt_1'), suspend);
		expect([after.state, after.take(finished('pmt_1')).state]).toEqual(['busy.working', 'idle.suspended.untilTold']);
		for (const agent of [begin(), begin().take(spawn, stop), begin().take(spawn, connected(), crashed())]) {
			expect(agent.can(suspend)).toBe(false);
		}
	});
});

describe('telling others', () => {
	const news = (type: string, generation: number) => [
		[orchestratorAddress, { type, agentId: 'agt_1', generation }] as const,
	];

	test('[AG50] the orchestrator is told of a run that connects, whoever asked for it', () => {
		const ready = begin().take(spawn, connected());
		expect([begin().take(spawn).told(), ready.told()]).toEqual([[], news('AGENT_STARTED', 1)]);
		const restarted = ready.take(restartIt);
		const supervised = ready.take(crashed(), backoffIsOver);
		const startedByPrompt = ready.take(stop, prompt('pmt_1', { start: true }));
		const reconciled = ready.take({ type: 'RECONCILE', failure: ourRestart });
		for (const agent of [restarted, supervised, startedByPrompt, reconciled]) {
			expect([agent.told(), agent.take(connected(2)).told()]).toEqual([[], news('AGENT_RESTARTED', 2)]);
		}
		const continued = begin({ interruptedTurn: 'resume' }).take(
			...[spawn, connected(), prompt('pmt_1'), crashed(), backoffIsOver, connected(2, true)],
		);
		expect([continued.state, continued.told()]).toEqual(['busy.working', news('AGENT_RESTARTED', 2)]);
	});

	test('[AG50] the orchestrator is told of an agent that is stopped, or has given up', () => {
		const ready = begin().take(spawn, connected());
		expect(ready.take(stop).told()).toEqual(news('AGENT_ENDED', 1));
		expect(ready.take(crashed()).told()).toEqual([]);
		const resting = begin().take(spawn, { type: 'LAUNCH_FAILED', generation: 1, failure: hopeless });
		expect(resting.told()).toEqual(news('AGENT_ENDED', 1));
	});

	describe('of its group', () => {
		const group = 'group:grp_1';
		const member = begin({ group, maxRestarts: 1 }).take(spawn, connected());
		const news = (code: string, generation = 1) => [
			group,
			{ type: 'MEMBER_FAILED', agentId: 'agt_1', generation, code },
		];
		const groupRestart = {
			type: 'GROUP_RESTART',
			groupId: 'grp_1',
			failedAgentId: 'agt_2',
			reason: 'it crashed',
		} as const;

		test('[AG53] it tells its group of a failure of its own', () => {
			expect(member.take(crashed()).told()).toEqual([news('process_crashed')]);
			const hopelessly = begin({ group }).take(spawn, { type: 'LAUNCH_FAILED', generation: 1, failure: hopeless });
			expect(hopelessly.told()).toContainEqual(news('command_not_found'));
			const givenUp = member.take(crashed(), backoffIsOver, connected(2), crashed(2));
			expect([givenUp.state, givenUp.context.failure?.code]).toEqual(['failed.resting', 'restart_intensity_exceeded']);
			expect(givenUp.told()).toContainEqual(news('process_crashed', 2));
		});

		test('[AG53] it does not for a restart of Statecraft, without a group, or once it has left', () => {
			const reconcile = { type: 'RECONCILE', failure: ourRestart } as const;
			expect(member.take(prompt('pmt_1'), reconcile).told()).toEqual([]);
			expect(begin().take(spawn, connected(), crashed()).told()).toEqual([]);
			const left = member.take({ type: 'CONFIGURE', settings: { group: null } });
			expect(left.take(crashed()).told()).toEqual([]);
			const joined = left.take({ type: 'CONFIGURE', settings: { group } });
			expect(joined.take(crashed()).told()).toEqual([news('process_crashed')]);
		});

		test('[AG54] it is restarted with its group, and its failures go on counting', () => {
			const failedOnce = member.take(crashed(), backoffIsOver, connected(2));
			const busy = failedOnce.take(prompt('pmt_1', { replyTo: replyTo('pmt_1') }));
			for (const agent of [failedOnce, busy]) {
				const next = agent.take(groupRestart);
				expect([next.state, next.context.restarts.length, next.context.failures.length]).toEqual(['starting', 1, 1]);
				expect(next.asked('endRun')).toEqual([{ generation: 2, mode: 'graceful' }]);
				expect(next.context.previousRun).toMatchObject({ state: 'completed' });
			}
			expect(busy.take(groupRestart).told()).toMatchObject([
				['submitter:1', { outcome: 'interrupted', failure: { detail: { groupId: 'grp_1', failedAgentId: 'agt_2' } } }],
			]);
		});

		test('[AG54] it is left as it is where it does not live', () => {
			const elsewhere = [begin({ group }), begin({ group }).take(spawn), member.take(stop), member.take(crashed())];
			expect(elsewhere.map((agent) => agent.can(groupRestart))).toEqual([false, false, false, false]);
		});
	});

	describe('[AG51] whoever submitted a prompt is told what became of it', () => {
		const submit = (choice: { repeatable?: boolean } = {}) => prompt('pmt_1', { replyTo: replyTo('pmt_1'), ...choice });
		const settled = (outcome: string, failure: unknown = null, by: string | null = null) => [
			[
				'submitter:1',
				{ type: 'PROMPT_SETTLED', promptId: 'pmt_1', token: replyTo('pmt_1').token, outcome, failure, by },
			],
		];
		const ready = begin().take(spawn, connected());
		const cutShort = (interruptedTurn: 'fail' | 'retry' | 'ask' | 'resume') =>
			begin({ interruptedTurn }).take(spawn, connected(), submit({ repeatable: true }), crashed());

		test('when its turn ends, as the agent says', () => {
			const result = { type: 'RESULT', generation: 1, promptId: 'pmt_1' } as const;
			const busy = ready.take(submit());
			expect(busy.told()).toEqual([]);
			expect(busy.take(finished('pmt_1')).told()).toEqual(settled('finished'));
			expect(busy.take({ ...result, outcome: 'failed', failure: crash }).told()).toEqual(settled('failed', crash));
		});

		test('when it is cancelled, queued or running, and by whom', () => {
			const cancelIt = { type: 'CANCEL_PROMPT', promptId: 'pmt_1', by: 'operator' } as const;
			const ended = { type: 'RESULT', generation: 1, promptId: 'pmt_1', outcome: 'cancelled' } as const;
			const cancelled = settled('cancelled', null, 'operator');
			expect(begin().take(submit(), cancelIt).told()).toEqual(cancelled);
			expect(ready.take(submit(), cancelIt).told()).toEqual([]);
			expect(ready.take(submit(), cancelIt, ended).told()).toEqual(cancelled);
			expect(ready.take(submit(), asks('req_1'), { type: 'CANCEL', by: 'operator' }, ended).told()).toEqual(cancelled);
			expect(ready.take(submit(), ended).told()).toEqual(settled('cancelled'));
		});

		test('when its turn is cut short and that is the end of it', () => {
			const why = { code: 'interrupted', message: 'It crashed.', retryable: true, detail: { cause: crash } };
			expect(cutShort('fail').told()).toEqual(settled('interrupted', why));
			const stopped = ready.take(submit()).take({ type: 'STOP', by: 'operator', reason: 'enough' });
			expect(stopped.told()[1]).toMatchObject(['submitter:1', { outcome: 'interrupted', by: null }]);
		});

		test('not while it is to be run again', () => {
			const again = cutShort('retry');
			const running = again.take(backoffIsOver, connected(2));
			expect([again.told(), running.told().length, running.context.turn?.id]).toEqual([[], 1, 'pmt_1']);
			expect(running.take(finished('pmt_1', 2)).told()).toEqual(settled('finished'));
		});

		test('not while its session may be restored; as interrupted when it was not', () => {
			const away = cutShort('resume').take(backoffIsOver);
			expect([cutShort('resume').told(), away.told()]).toEqual([[], []]);
			const back = away.take(connected(2, true));
			expect([back.told().length, back.take(finished('pmt_1', 2)).told()]).toEqual([1, settled('finished')]);
			for (const lost of [away.take(connected(2)), away.take(suspend, connected(2, true)), away.take(stop)]) {
				expect(lost.told()).toContainEqual(['submitter:1', expect.objectContaining({ outcome: 'interrupted' })]);
			}
		});

		test('not while a human is asked; as interrupted when it is to be left', () => {
			const asked = cutShort('ask');
			expect(asked.told()).toEqual([]);
			expect(asked.take(answer('req_1_1', 'drop')).told()).toMatchObject(settled('interrupted', {}));
			const again = asked.take(answer('req_1_1', 'retry'));
			const running = again.take(backoffIsOver, connected(2));
			expect([again.told(), running.context.turn?.id]).toEqual([[], 'pmt_1']);
			expect(running.take(finished('pmt_1', 2)).told()).toEqual(settled('finished'));
		});

		test('a cancellation that a crash cuts short is forgotten with its turn', () => {
			const cancelIt = { type: 'CANCEL_PROMPT', promptId: 'pmt_1', by: 'operator' } as const;
			const again = begin({ interruptedTurn: 'retry' }).take(
				...[spawn, connected(), submit({ repeatable: true }), cancelIt, crashed(), backoffIsOver, connected(2)],
			);
			const ended = { type: 'RESULT', generation: 2, promptId: 'pmt_1', outcome: 'cancelled' } as const;
			expect(again.take(ended).told()).toEqual(settled('cancelled'));
		});
	});
});

describe('supervision', () => {
	test('[AG35, AG36, P9] ends a crash loop, and says how it came to that', () => {
		let agent = begin({ maxRestarts: 2 }).take(spawn, connected(), crashed());
		for (const generation of [2, 3]) agent = agent.take(backoffIsOver, connected(generation), crashed(generation));
		expect([agent.state, agent.context.failure?.code]).toEqual(['failed.resting', 'restart_intensity_exceeded']);
		expect(agent.context.failure?.detail).toMatchObject({
			last: crash,
			restarts: [4_000, 7_000],
			failures: [3_000, 6_000, 9_000].map((at) => ({ at, code: crash.code, message: crash.message })),
		});
		expect(agent.topics()).toContain('agent.escalated');
		expect(agent.take(restartIt).context).toMatchObject({ failure: null, restarts: [] });
	});

	describe('[AG52, P5] an agent that has given up', () => {
		const tooOften = begin({ maxRestarts: 0 }).take(spawn, connected(), crashed());
		const requestId = 'req_1_1_e';
		const row = ({ step }: AgentLife) => projectStep(step).records.find(({ table }) => table === 'requests');

		test('asks what is to become of it, and says why', () => {
			const hopelessly = begin().take(spawn, { type: 'LAUNCH_FAILED', generation: 1, failure: hopeless });
			for (const agent of [tooOften, hopelessly]) {
				const { failure, failures } = agent.context;
				expect(agent.context.requests).toMatchObject([{ id: requestId, origin: 'escalation', answer: null }]);
				const title = `The agent has given up: ${failure?.message}`;
				const detail = JSON.stringify({ question: title, failure, failures });
				expect(failures).toHaveLength(1);
				expect(row(agent)).toMatchObject({ op: 'insert', row: { id: requestId, kind: 'question', title, detail } });
				expect(agent.topics()).toContain('request.opened');
			}
		});

		test('does not ask when it is never restarted by design', () => {
			const temporary = begin({ policy: 'temporary' }).take(spawn, connected(), crashed());
			expect([temporary.state, temporary.context.requests]).toEqual(['failed.resting', []]);
		});

		test('is started again, or left, as a human says', () => {
			const again = tooOften.take({ type: 'ANSWER', requestId, answer: { optionId: 'restart' }, by: 'operator' });
			expect([again.state, again.context.restarts, again.context.failures]).toEqual(['starting', [], []]);
			expect(again.context.requests).toEqual([]);
			expect(row(again)).toMatchObject({ set: { status: 'answered', answered_by: 'operator' } });
			const left = tooOften.take(answer(requestId, 'leave'));
			expect([left.state, left.context.requests]).toEqual(['failed.resting', []]);
			expect([row(left), left.can(answer(requestId, 'restart'))]).toMatchObject([
				{ set: { status: 'answered' } },
				false,
			]);
		});

		test.each<[string, AgentCommandEvent, RegExp]>([
			['is restarted', restartIt, /restarted/],
			['is started by a prompt', prompt('pmt_9', { start: true }), /prompt/],
			['is stopped', stop, /stopped/],
			['is killed', { type: 'KILL' }, /stopped/],
		])('does not ask any longer when it %s', (_title, event, note) => {
			const agent = tooOften.take(event);
			expect(row(agent)).toMatchObject({
				id: requestId,
				set: { status: 'withdrawn', note: expect.stringMatching(note) },
			});
			expect(agent.context.requests).toEqual([]);
		});

		test('does not ask any longer when it dials in', () => {
			const away = begin({ transport: 'websocket' }).take(spawn, due('startupDeadline', 'starting'));
			expect(away.context.requests).toHaveLength(1);
			expect(row(away.take({ type: 'DIALED_IN' }))).toMatchObject({ set: { note: 'The agent dialled in.' } });
		});

		test('asks anew when it gives up again', () => {
			const again = tooOften.take(restartIt, connected(2), crashed(2));
			expect(again.context.requests).toMatchObject([{ id: 'req_1_2_e' }]);
		});
	});

	test('[AG36] a failure is remembered as long as the restart that followed it counts', () => {
		const failures = (count: number) =>
			Array.from({ length: count }, (_, index) => ({ at: index, code: 'x', message: `${index}` }));
		const { context } = begin({ maxRestarts: 100 });
		const remembered = (restarts: readonly number[], count: number) =>
			noteFailure({ ...context, restarts, failures: failures(count) }, crash, 100_000).failures?.map(({ at }) => at);
		expect(remembered([39_000, 90_000, 95_000], 3)).toEqual([1, 2, 100_000]);
		expect(remembered([], 3)).toEqual([100_000]);
		expect(
			remembered(
				Array.from({ length: 80 }, () => 99_000),
				80,
			),
		).toHaveLength(50);
		expect(noteFailure(context, ourRestart, 1)).toEqual({ failure: ourRestart, failedAt: 1 });
	});

	describe('[AG15] an agent that shows no sign of life', () => {
		const silent = { type: 'UNRESPONSIVE', generation: 1, failure: crash, silentMs: 900_000 } as const;
		const { silentMs: _, ...saidSo } = silent;
		const unresponsive = ({ step }: AgentLife) =>
			step.actions.flatMap(({ type, params }) =>
				type === 'reportSilence'
					? (agentDefinition.writes?.reportSilence?.(params as never, viewOf(step)).events ?? [])
					: [],
			);
		const report = (policy: string) => [
			expect.objectContaining({
				topic: 'agent.unresponsive',
				agentId: 'agt_1',
				data: JSON.stringify({ generation: 1, silentMs: 900_000, policy }),
			}),
		];

		test('is told of, and left as it is, unless it is to be restarted', () => {
			for (const hung of ['notify', undefined] as const) {
				const busy = begin({ hung }).take(spawn, connected(), prompt('pmt_1'));
				const told = busy.take(silent);
				expect([told.state, told.context]).toEqual(['busy.working', busy.context]);
				expect([unresponsive(told), told.asked('endRun')]).toEqual([report('notify'), []]);
			}
		});

		test('is ended and restarted as one that failed where that is the policy', () => {
			const told = begin({ hung: 'restart' }).take(spawn, connected(), prompt('pmt_1'), silent);
			expect([told.state, told.context.failures.length]).toEqual(['failed.backingOff', 1]);
			expect([unresponsive(told), told.asked('endRun')]).toEqual([
				report('restart'),
				[{ generation: 1, mode: 'kill' }],
			]);
		});

		test('is ended whatever the policy when somebody says that it is dead', () => {
			const told = begin({ hung: 'notify' }).take(spawn, connected(), saidSo);
			expect([told.state, unresponsive(told)]).toEqual(['failed.backingOff', []]);
		});

		test('is not what an earlier run was', () => {
			const next = begin().take(spawn, connected(), restartIt, connected(2));
			expect([next.can(silent), begin().can(silent)]).toEqual([false, false]);
		});
	});

	test('[AG38, AG39] our own restarts are neither counted nor waited for', () => {
		const reconcile = { type: 'RECONCILE', failure: ourRestart } as const;
		let agent = begin({ maxRestarts: 1 }).take(spawn, connected(), prompt('pmt_0'));
		for (const generation of [2, 3, 4]) {
			agent = agent.take(reconcile);
			expect([agent.state, agent.asked('xstate.raise')[0]?.delay]).toEqual(['failed.backingOff', 0]);
			agent = agent.take(backoffIsOver, connected(generation), prompt(`pmt_${generation}`));
		}
		expect(agent.context.restarts).toEqual([]);
	});
});

describe('a deadline of a request', () => {
	const ending = { at: 100_000, answer: { decline: true } };
	const overdue = (requestId: string): AgentCommandEvent => ({ type: 'REQUEST_OVERDUE', requestId });
	const asksUntil = (deadline: RequestDeadline): AgentCommandEvent =>
		({ ...asks('req_1'), deadline }) as AgentCommandEvent;
	const waiting = (deadline: RequestDeadline) => begin().take(spawn, connected(), prompt('pmt_1'), asksUntil(deadline));

	test('[AG57, AG58] is a timer, and its answer reaches the agent as a human’s does', () => {
		const asked = waiting(ending);
		expect(asked.asked('xstate.raise')).toMatchObject([{ id: 'deadline/req_1', event: overdue('req_1') }]);
		const passed = asked.take(overdue('req_1'));
		expect(passed.state).toBe('busy.working');
		expect(passed.asked('deliverAnswer')).toEqual([{ generation: 1, requestId: 'req_1' }]);
		expect(passed.context.requests).toMatchObject([{ id: 'req_1', answer: { decline: true } }]);
		expect(passed.topics()).toContain('request.timed_out');
		expect(passed.can(overdue('req_1'))).toBe(false);
		expect(passed.can(answer('req_1'))).toBe(false);
	});

	test('[AG57] is cleared by an answer, a withdrawal, the end of the turn, its cancellation, and a stop', () => {
		const events: readonly AgentCommandEvent[] = [
			answer('req_1'),
			{ type: 'INPUT_WITHDRAWN', generation: 1, requestId: 'req_1', note: 'never mind' },
			finished('pmt_1'),
			{ type: 'CANCEL' },
			stop,
		];
		for (const event of events) {
			const settled = waiting(ending).take(event);
			expect(settled.asked('xstate.cancel')).toMatchObject([{ sendId: 'deadline/req_1' }]);
			expect(settled.can(overdue('req_1'))).toBe(false);
		}
	});

	test('[AG57] passes while the agent is away, and is not set anew when the agent asks again', () => {
		const away = waiting(ending).take(crashed());
		expect(away.asked('xstate.cancel')).not.toContainEqual({ sendId: 'deadline/req_1' });
		const passed = away.take(overdue('req_1'));
		expect(passed.context.requests).toMatchObject([{ id: 'req_1', attached: false, answer: { decline: true } }]);

		const again = waiting(ending)
			.take({ type: 'GROUP_RESTART', groupId: 'grp_1', failedAgentId: 'agt_2', reason: 'it failed' })
			.take(connected(2), prompt('pmt_2'), {
				...asks('req_1', 2),
				deadline: { at: 1e9, answer: null },
			} as AgentCommandEvent);
		expect(again.asked('xstate.raise')).toEqual([]);
		expect(again.context.requests).toMatchObject([{ id: 'req_1', attached: true, deadline: ending }]);
	});

	test('[AG57] that keeps the request open is told once', () => {
		const kept = waiting({ at: 100_000, answer: null }).take(overdue('req_1'));
		expect(kept.state).toBe('busy.awaitingInput');
		expect(kept.topics()).toContain('request.overdue');
		expect(kept.can(answer('req_1'))).toBe(true);
		expect(kept.take(answer('req_1')).topics()).toContain('request.answered');
	});
});

describe('a budget', () => {
	const costing = (id: string, cost: number, tokens = 0, more: { generation?: number; costOfRun?: boolean } = {}) =>
		({
			type: 'RESULT',
			generation: 1,
			promptId: id,
			outcome: 'finished',
			usage: { inputTokens: tokens, outputTokens: 0, cost: { amount: cost, currency: 'USD' } },
			...more,
		}) satisfies AgentCommandEvent;
	const spentBy = (life: AgentLife) => life.context.spending.cost;
	const resting = () => begin({ budget: { cost: { soft: 2, hard: 5 } } }).take(spawn, connected());
	/** It has spent all it may, and a prompt waits. */
	const over = () => resting().take(prompt('pmt_1'), prompt('pmt_2'), costing('pmt_1', 6));
	const questionOf = ({ context }: AgentLife) => context.requests.find(({ origin }) => origin === 'budget')?.id ?? '';

	test('[AG59] the cost of a session is a sum, also over its runs', () => {
		const first = resting().take(prompt('pmt_1'), costing('pmt_1', 0.5), prompt('pmt_2'), costing('pmt_2', 0.75));
		expect(spentBy(first)).toBe(0.75);
		const again = first.take(restartIt, connected(2, true), prompt('pmt_3'), costing('pmt_3', 1, 0, { generation: 2 }));
		expect(spentBy(again)).toBe(1);
	});

	test('[AG59] the cost of a process begins with each run; a sum that fell began again', () => {
		const ofRun = { costOfRun: true };
		const first = resting().take(prompt('pmt_1'), costing('pmt_1', 0.5, 0, ofRun));
		const again = first.take(restartIt, connected(2, true), prompt('pmt_2'));
		expect(spentBy(again.take(costing('pmt_2', 0.75, 0, { ...ofRun, generation: 2 })))).toBe(1.25);
		expect(spentBy(again.take(costing('pmt_2', 0.25, 0, { generation: 2 })))).toBe(0.75);
	});

	test('[AG60] a soft limit is told once', () => {
		const warned = resting().take(prompt('pmt_1'), costing('pmt_1', 3));
		expect(warned.topics()).toContain('budget.warned');
		expect(warned.state).toBe('idle.ready');
		expect(warned.take(prompt('pmt_2'), costing('pmt_2', 4)).topics()).not.toContain('budget.warned');
	});

	test('[AG60] at a hard limit the agent takes no prompt, and a human is asked', () => {
		const suspended = over();
		expect([suspended.state, suspended.context.suspension?.reason]).toEqual(['idle.suspended.untilTold', 'budget']);
		expect(suspended.topics()).toEqual(expect.arrayContaining(['budget.exceeded', 'request.opened']));
		const restarted = suspended.take(stop, restartIt, connected(2));
		expect(restarted.state).toBe('idle.suspended.untilTold');
		expect(questionOf(restarted)).not.toBe(questionOf(suspended));
	});

	test('[AG60] raise allows as much again', () => {
		const raised = over().take(answer(questionOf(over()), 'raise'));
		expect([raised.state, raised.context.requests]).toEqual(['busy.working', []]);
		expect(raised.context.settings.budget?.cost).toEqual({ soft: 2, hard: 11 });
		expect(raised.take(costing('pmt_2', 10)).state).toBe('idle.ready');
	});

	test('[AG60] resume, and RESUME, allow one more turn', () => {
		for (const event of [answer(questionOf(over()), 'resume'), resume]) {
			const resumed = over().take(event);
			expect([resumed.state, resumed.context.requests]).toEqual(['busy.working', []]);
			expect(resumed.take(costing('pmt_2', 6)).state).toBe('idle.suspended.untilTold');
		}
	});

	test('[AG60] stop stops it, and a budget that suffices lets it go on', () => {
		const stopped = over().take(answer(questionOf(over()), 'stop'));
		expect([stopped.state, stopped.asked('endRun')]).toEqual(['stopped', [{ generation: 1, mode: 'graceful' }]]);
		expect(stopped.topics()).toContain('request.answered');
		const configured = over().take({ type: 'CONFIGURE', settings: { budget: { cost: { hard: 100 } } } });
		expect([configured.state, configured.topics().includes('request.withdrawn')]).toEqual(['busy.working', true]);
		const less = over().take({ type: 'CONFIGURE', settings: { budget: { cost: { hard: 1 } } } });
		expect(less.state).toBe('idle.suspended.untilTold');
	});

	test('[AG61] the time of a turn stands still while a human is waited for', () => {
		const working = begin({ budget: { turnSeconds: { hard: 10 } } }).take(spawn, connected(), prompt('pmt_1'));
		expect(working.asked('xstate.raise')).toMatchObject([{ id: 'turnHardLimit', delay: 10_000 }]);
		const waiting = working.take(asks('req_1'));
		expect(waiting.asked('xstate.cancel')).toContainEqual({ sendId: 'turnHardLimit' });
		const on = waiting.take(suspend, resume, answer('req_1'));
		expect(on.asked('xstate.raise')).toMatchObject([{ id: 'turnHardLimit', delay: 9_000 }]);
	});

	test('[AG61] a turn that takes too long is cancelled, and then the agent is suspended', () => {
		const budget = { turnSeconds: { soft: 5, hard: 10 } };
		const working = begin({ budget }).take(spawn, connected(), prompt('pmt_1'));
		const slow = working.take({ type: 'TURN_OVERTIME', limit: 'soft' });
		expect([slow.state, slow.topics().includes('budget.warned')]).toEqual(['busy.working', true]);
		const late = slow.take({ type: 'TURN_OVERTIME', limit: 'hard' });
		expect([late.state, late.asked('cancelTurn')]).toEqual(['busy.cancelling', [{ generation: 1 }]]);
		const ended = late.take({ ...costing('pmt_1', 0), outcome: 'cancelled' });
		expect(ended.state).toBe('idle.suspended.untilTold');
		const raised = ended.take(answer(questionOf(ended), 'raise'), prompt('pmt_2'));
		expect(raised.context.settings.budget).toEqual({ turnSeconds: { soft: 5, hard: 20 } });
		expect(raised.asked('xstate.raise')).toMatchObject([{ delay: 5_000 }, { delay: 20_000 }]);
	});

	test('[AG62] a usage limit that ends gives an agent that is over its budget no turn', () => {
		const limited = over().take({ type: 'SUSPEND', reason: 'usage limit', until: 1e9 });
		expect(limited.state).toBe('idle.suspended.untilTime');
		const ended = limited.take(due('resumeTime', 'idle.suspended.untilTime'));
		expect([ended.state, ended.context.suspension?.reason]).toEqual(['idle.suspended.untilTold', 'budget']);
		expect(ended.context.requests).toHaveLength(1);
	});
});

/** Metrics of what happened, from the committed events: prompts, requests, restarts, dispatches, boots. */

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { StoredEvent } from '../durable/store.ts';
import type { EventTopic } from '../events/catalogue.ts';
import { createStopwatch } from './stopwatch.ts';

type Data = Readonly<Record<string, unknown>>;
type Count = (data: Data, event: StoredEvent) => void;

/** Answers what takes the events of a commit. */
export function createEventMetrics(registry: Registry): (events: readonly StoredEvent[]) => void {
	const events = new Counter({
		name: 'statecraft_events_total',
		help: 'Committed events',
		labelNames: ['topic'],
		registers: [registry],
	});
	const counts: Partial<Record<EventTopic, Count>> = {
		...countPrompts(registry),
		...countRequests(registry),
		...countTroubles(registry),
		...countDispatches(registry),
		...countBoots(registry),
	};
	return (published) => {
		for (const event of published) {
			events.inc({ topic: event.topic });
			const count = counts[event.topic as EventTopic];
			if (count) count(JSON.parse(event.data) as Data, event);
		}
	};
}

function countPrompts(registry: Registry): Partial<Record<EventTopic, Count>> {
	const prompts = new Counter({
		name: 'statecraft_prompts_total',
		help: 'Prompts that ended, by how; one that is interrupted may be run again',
		labelNames: ['outcome'],
		registers: [registry],
	});
	const waited = new Histogram({
		name: 'statecraft_prompt_wait_seconds',
		help: 'From the acceptance of a prompt until its turn began',
		buckets: [0.1, 1, 10, 60, 300, 1_800, 7_200],
		registers: [registry],
	});
	const turned = new Histogram({
		name: 'statecraft_turn_seconds',
		help: 'Time of a turn, in which the agent may have waited for people',
		labelNames: ['outcome'],
		buckets: [1, 5, 15, 60, 180, 600, 1_800, 7_200],
		registers: [registry],
	});
	const waits = createStopwatch();
	const turns = createStopwatch();
	const ended =
		(outcome: string): Count =>
		({ promptId }, { at }) => {
			prompts.inc({ outcome });
			waits.stop(promptId, at);
			const seconds = turns.stop(promptId, at);
			if (seconds !== undefined) turned.observe({ outcome }, seconds);
		};
	return {
		'prompt.queued': ({ promptId }, { at }) => {
			turns.stop(promptId, at);
			waits.start(promptId, at);
		},
		'prompt.started': ({ promptId }, { at }) => {
			const seconds = waits.stop(promptId, at);
			if (seconds !== undefined) waited.observe(seconds);
			turns.start(promptId, at);
		},
		'prompt.finished': ended('finished'),
		'prompt.failed': ended('failed'),
		'prompt.cancelled': ended('cancelled'),
		'prompt.interrupted': ended('interrupted'),
	};
}

function countRequests(registry: Registry): Partial<Record<EventTopic, Count>> {
	const waited = new Histogram({
		name: 'statecraft_request_wait_seconds',
		help: 'From the asking of a request until it was settled, by how',
		labelNames: ['kind', 'outcome'],
		buckets: [1, 10, 60, 300, 1_800, 7_200, 86_400],
		registers: [registry],
	});
	const overdue = new Counter({
		name: 'statecraft_requests_overdue_total',
		help: 'Requests that nobody answered in time and that stay open',
		registers: [registry],
	});
	const decisions = new Counter({
		name: 'statecraft_permission_decisions_total',
		help: 'Permissions that a policy decided in place of a human',
		labelNames: ['decision'],
		registers: [registry],
	});
	const waits = new Map<string, { readonly kind: string; readonly at: number }>();
	const settled =
		(outcome: string): Count =>
		({ requestId }, { at }) => {
			const asked = waits.get(String(requestId));
			if (!asked) return;
			waits.delete(String(requestId));
			waited.observe({ kind: asked.kind, outcome }, Math.max(0, at - asked.at) / 1_000);
		};
	return {
		'request.opened': ({ requestId, kind }, { at }) => void waits.set(String(requestId), { kind: String(kind), at }),
		'request.answered': settled('answered'),
		'request.withdrawn': settled('withdrawn'),
		'request.timed_out': settled('timed_out'),
		'request.overdue': () => overdue.inc(),
		'permission.decided': ({ decision }) => decisions.inc({ decision: String(decision) }),
	};
}

/** What people have to look after. */
function countTroubles(registry: Registry): Partial<Record<EventTopic, Count>> {
	const registers = [registry];
	const restarts = new Counter({
		name: 'statecraft_agent_restarts_total',
		help: 'New processes of agents that had one before',
		registers,
	});
	const runs = new Counter({
		name: 'statecraft_runs_ended_total',
		help: 'Processes and connections of agents that ended, by how',
		labelNames: ['state'],
		registers,
	});
	const escalations = new Counter({
		name: 'statecraft_escalations_total',
		help: 'Agents, or groups of them, that were given up until a human looks at them',
		labelNames: ['what'],
		registers,
	});
	const unresponsive = new Counter({
		name: 'statecraft_agents_unresponsive_total',
		help: 'Agents found to show no sign of life',
		registers,
	});
	const budgets = new Counter({
		name: 'statecraft_budget_limits_total',
		help: 'Limits of budgets that were reached',
		labelNames: ['kind', 'limit'],
		registers,
	});
	const restorations = new Counter({
		name: 'statecraft_supervisor_restorations_total',
		help: 'Missions that were restored',
		labelNames: ['source', 'recovery'],
		registers,
	});
	return {
		'agent.restarted': () => restarts.inc(),
		'run.state.changed': ({ to }) => {
			if (to === 'completed' || to === 'failed' || to === 'killed') runs.inc({ state: to });
		},
		'agent.escalated': () => escalations.inc({ what: 'agent' }),
		'group.escalated': () => escalations.inc({ what: 'group' }),
		'agent.unresponsive': () => unresponsive.inc(),
		'budget.warned': ({ kind }) => budgets.inc({ kind: String(kind), limit: 'soft' }),
		'budget.exceeded': ({ kind }) => budgets.inc({ kind: String(kind), limit: 'hard' }),
		'supervisor.restored': ({ source, recovery }) =>
			restorations.inc({ source: String(source), recovery: String(recovery) }),
	};
}

function countDispatches(registry: Registry): Partial<Record<EventTopic, Count>> {
	const dispatches = new Counter({
		name: 'statecraft_dispatch_attempts_total',
		help: 'Attempts at dispatches that ended, by how',
		labelNames: ['outcome'],
		registers: [registry],
	});
	const ended =
		(outcome: string): Count =>
		() =>
			dispatches.inc({ outcome });
	return {
		'dispatch.completed': ended('completed'),
		'dispatch.failed': ended('failed'),
		'dispatch.interrupted': ended('interrupted'),
		'dispatch.skipped': ended('skipped'),
		'dispatch.released': ended('released'),
	};
}

function countBoots(registry: Registry): Partial<Record<EventTopic, Count>> {
	const recovered = new Gauge({
		name: 'statecraft_boot_recovered',
		help: 'What the last boot found and did, by outcome',
		labelNames: ['outcome'],
		registers: [registry],
	});
	return {
		'system.started': (data) => {
			for (const [outcome, count] of Object.entries(data.recovered as Record<string, number>)) {
				recovered.set({ outcome }, count);
			}
		},
	};
}

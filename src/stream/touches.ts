/**
 * Which resources an event touches: from its topic and data alone, so that whoever hears of committed
 * events knows what to read again, also of commits made elsewhere.
 *
 * 1. Every topic of the catalogue is in the table: a new one does not compile until it is.
 * 2. What may be touched is listed rather than missed: reading a row in vain costs little.
 */

import { agentAddress } from '../agents/address.ts';
import { groupAddress } from '../agents/groups/address.ts';
import type { EventTopic } from '../events/catalogue.ts';
import { supervisorAddress } from '../supervisors/address.ts';
import { taskAddress } from '../tasks/address.ts';
import { runnerAddress } from '../workflows/address.ts';
import type { ResourceKind } from './views.ts';

/** A resource by its id, or others by an agent's id or by the key of what they go with. */
export interface Touch {
	readonly kind: ResourceKind | 'lastRunOf' | 'groupsOf' | 'goingWith';
	readonly id: string;
}

/** What the table reads of an event's data; every field may be absent. */
interface Data {
	readonly changed?: readonly string[];
	readonly runId?: string;
	readonly promptId?: string | null;
	readonly requestId?: string;
	readonly workflowId?: string;
	readonly dispatchId?: string | null;
	readonly taskId?: string;
	readonly supervisorId?: string;
	readonly groupId?: string;
}

type Rule = (data: Data, agentId: string | null) => readonly Touch[];

function touch(kind: Touch['kind'], id: string | null | undefined): readonly Touch[] {
	return id === null || id === undefined ? [] : [{ kind, id }];
}

/** A resource, and the actor behind it. */
function touchActor(kind: ResourceKind, id: string | undefined, address: (id: string) => string): readonly Touch[] {
	return id === undefined ? [] : [...touch(kind, id), ...touch('actor', address(id))];
}

const nothing: Rule = () => [];
const agent: Rule = (_, id) => touchActor('agent', id ?? undefined, agentAddress);
const agentStep: Rule = (data, id) => [...agent(data, id), ...touch('lastRunOf', id)];
const run: Rule = (data, id) => [...touch('run', data.runId), ...agent(data, id)];
const prompt: Rule = (data, id) => [...touch('prompt', data.promptId), ...agent(data, id)];
const supervisor: Rule = ({ supervisorId }) => touchActor('supervisor', supervisorId, supervisorAddress);
const request: Rule = (data, id) => [...touch('request', data.requestId), ...agent(data, id), ...supervisor(data, id)];
const workflow: Rule = ({ workflowId }) => touchActor('workflow', workflowId, runnerAddress);
const dispatch: Rule = (data, id) => [...touch('dispatch', data.dispatchId), ...workflow(data, id)];
const task: Rule = ({ taskId }) => touchActor('task', taskId, taskAddress);
const group: Rule = ({ groupId }) => touchActor('group', groupId, groupAddress);

/** What the agent does at the moment may be another; whoever follows live learns better when it is. */
const activity: Rule = (_, id) => touch('agent', id);

const table: Readonly<Record<EventTopic, Rule>> = {
	'agent.created': agent,
	'agent.state.changed': agentStep,
	'agent.updated': (data, id) => [
		...agent(data, id),
		...(data.changed?.includes('pid') ? touch('lastRunOf', id) : []),
		// Groups show their members' names.
		...(data.changed?.includes('name') ? touch('groupsOf', id) : []),
	],
	'agent.deleted': (data, id) => [
		...agent(data, id),
		...touch('goingWith', id === null ? id : `agent ${id}`),
		...touch('groupsOf', id),
	],
	'agent.restarted': agent,
	'agent.unresponsive': agent,
	'agent.escalated': agent,
	'agent.output.message': nothing,
	'agent.output.thought': nothing,
	'agent.output.tool_call': activity,
	'agent.output.tool_call_update': activity,
	'agent.output.plan': activity,
	'agent.output.usage': nothing,
	'agent.output.log': nothing,
	'agent.output.other': nothing,
	'run.started': run,
	'run.state.changed': run,
	'run.exited': run,
	'prompt.queued': prompt,
	'prompt.started': prompt,
	'prompt.finished': prompt,
	'prompt.interrupted': prompt,
	'prompt.cancelled': prompt,
	'prompt.failed': prompt,
	'budget.warned': agent,
	'budget.exceeded': agent,
	'permission.decided': nothing,
	'request.opened': request,
	'request.answered': request,
	'request.withdrawn': request,
	'request.timed_out': request,
	'request.overdue': request,
	'workflow.created': workflow,
	'workflow.updated': workflow,
	'workflow.deleted': (data, id) => [...workflow(data, id), ...touch('goingWith', `workflow ${data.workflowId}`)],
	'workflow.runner.changed': workflow,
	'workflow.runner.updated': dispatch,
	'dispatch.created': dispatch,
	'dispatch.dispatched': dispatch,
	'dispatch.completed': dispatch,
	'dispatch.failed': dispatch,
	'dispatch.interrupted': dispatch,
	'dispatch.skipped': dispatch,
	'dispatch.released': dispatch,
	'queue.item.added': nothing,
	'task.created': task,
	'task.state.changed': task,
	'task.updated': task,
	'task.cleaned': task,
	'supervisor.created': supervisor,
	'supervisor.state.changed': supervisor,
	'supervisor.updated': supervisor,
	'supervisor.progress': supervisor,
	'supervisor.restored': supervisor,
	'supervisor.deleted': supervisor,
	'group.created': group,
	'group.updated': group,
	'group.restarting': group,
	'group.escalated': group,
	'group.deleted': group,
	'system.started': nothing,
	'system.stopping': nothing,
};

const rules = new Map<string, Rule>(Object.entries(table).filter(([, rule]) => rule !== nothing));

/** Topics that touch anything: what a replay has to read. */
export const touchingTopics: readonly string[] = [...rules.keys()];

/** `data` is asked for only where the topic touches anything, as most of what agents say does not. */
export function touchedBy(topic: string, agentId: string | null, data: () => unknown): readonly Touch[] {
	const rule = rules.get(topic);
	return rule === undefined ? [] : rule(data() as Data, agentId);
}

/** Whether it is told only of agents' activity: who hears of that from the tracker need not read such events. */
export function isActivity(topic: string): boolean {
	return rules.get(topic) === activity;
}

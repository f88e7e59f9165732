import { expect, test } from 'vitest';
import { eventCatalogue } from '../../src/events/catalogue.ts';
import { familyOf, listRelayedTopics, renderCloudEvent } from '../../src/relay/cloud-event.ts';

const topics = Object.keys(eventCatalogue);
const source = 'urn:statecraft:here';
const render = (topic: string, data: unknown = {}, agentId: string | null = 'agt_1') =>
	JSON.parse(renderCloudEvent({ seq: 7, topic, agentId, at: Date.UTC(2026, 0, 1), data }, source));

test('an event is a CloudEvent whose id is its seq', () => {
	expect(render('agent.restarted', { generation: 2 })).toEqual({
		specversion: '1.0',
		id: '7',
		source,
		type: 'dev.statecraft.agent.restarted',
		time: '2026-01-01T00:00:00.000Z',
		subject: 'agents/agt_1',
		agentid: 'agt_1',
		datacontenttype: 'application/json',
		data: { generation: 2 },
	});
});

test('attributes have the names that CloudEvents allows, whatever the topic', () => {
	for (const topic of topics) {
		for (const name of Object.keys(render(topic))) expect(name).toMatch(/^[a-z0-9]{1,20}$/);
	}
});

test('what an event is about is named by its path, as narrowly as the event tells', () => {
	const subject = (topic: string, data: object, agentId: string | null = 'agt_1') =>
		render(topic, data, agentId).subject;
	expect(subject('prompt.queued', { promptId: 'pmt_1' })).toBe('prompts/pmt_1');
	expect(subject('run.started', { runId: 'run_1' })).toBe('runs/run_1');
	expect(subject('request.opened', { requestId: 'req_1' })).toBe('requests/req_1');
	expect(subject('dispatch.created', { dispatchId: 'dsp_1', workflowId: 'wfl_1' }, null)).toBe('dispatches/dsp_1');
	expect(subject('workflow.created', { workflowId: 'wfl_1' }, null)).toBe('workflows/wfl_1');
	expect(subject('queue.item.added', { queue: 'builds' }, null)).toBe('queues/builds');
	expect(subject('task.created', { taskId: 'tsk_1' })).toBe('tasks/tsk_1');
	expect(subject('supervisor.updated', { supervisorId: 'sup_1' })).toBe('supervisors/sup_1');
	expect(subject('group.updated', { groupId: 'grp_1' }, null)).toBe('groups/grp_1');
	expect(subject('permission.decided', { promptId: 'pmt_1' })).toBe('agents/agt_1');
	expect('subject' in render('system.stopping', {}, null)).toBe(false);
	expect('agentid' in render('system.stopping', {}, null)).toBe(false);
});

test('every topic is asked for, but for what agents say', () => {
	const asked = listRelayedTopics(false) ?? [];
	const isAsked = (topic: string) => asked.some((one) => one === topic || (one.endsWith('.') && topic.startsWith(one)));
	expect(topics.filter((topic) => !isAsked(topic)).sort()).toEqual(
		topics.filter((topic) => topic.startsWith('agent.output.')).sort(),
	);
	expect(listRelayedTopics(true)).toBeUndefined();
});

test('a family is the first word of a topic; what agents say is one of its own', () => {
	expect([...new Set(topics.map(familyOf))].sort()).toEqual(
		[
			...['agent', 'budget', 'dispatch', 'group', 'output', 'permission', 'prompt', 'queue', 'request', 'run'],
			...['supervisor', 'system', 'task', 'workflow'],
		].sort(),
	);
});

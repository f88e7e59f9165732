/** The table of what events touch, where the stories of `convergence.test.ts` would not notice a line of it. */

import { describe, expect, test } from 'vitest';
import { eventCatalogue } from '../../src/events/catalogue.ts';
import { isActivity, touchedBy, touchingTopics } from '../../src/stream/touches.ts';

const touched = (topic: string, data: object, agentId: string | null = 'agt_1') =>
	touchedBy(topic, agentId, () => data).map(({ kind, id }) => `${kind} ${id}`);
const agent = ['agent agt_1', 'actor agent:agt_1'];

describe('an event touches', () => {
	test.each(['created', 'restarted', 'unresponsive', 'escalated'])('its agent: agent.%s', (name) => {
		expect(touched(`agent.${name}`, {})).toEqual(agent);
	});

	test.each(['run.started', 'run.state.changed', 'run.exited'])('its run and agent: %s', (topic) => {
		expect(touched(topic, { runId: 'run_1' })).toEqual(['run run_1', ...agent]);
	});

	test.each(['queued', 'started', 'finished', 'interrupted', 'cancelled', 'failed'])(
		'its prompt: prompt.%s',
		(name) => {
			expect(touched(`prompt.${name}`, { promptId: 'pmt_1' })).toEqual(['prompt pmt_1', ...agent]);
		},
	);

	test.each(['warned', 'exceeded'])('the agent whose budget it is about: budget.%s', (name) => {
		expect(touched(`budget.${name}`, { kind: 'cost' })).toEqual(agent);
	});

	test('the supervisor whose question it is', () => {
		expect(touched('request.opened', { requestId: 'req_1', supervisorId: 'sup_1' })).toEqual([
			'request req_1',
			...agent,
			'supervisor sup_1',
			'actor supervisor:sup_1',
		]);
	});

	test('a dispatch, its workflow and its runner', () => {
		const told = { dispatchId: 'dsp_1', workflowId: 'wfl_1', sourceId: 'x' };
		expect(touched('dispatch.skipped', told, null)).toEqual([
			'dispatch dsp_1',
			'workflow wfl_1',
			'actor orchestrator:main/wfl_1',
		]);
		expect(touched('workflow.runner.updated', { workflowId: 'wfl_1', dispatchId: null })).not.toContain(
			'dispatch null',
		);
	});

	test.each(['tool_call', 'tool_call_update', 'plan'])('what its agent does: agent.output.%s', (name) => {
		expect(touched(`agent.output.${name}`, {})).toEqual(['agent agt_1']);
		expect(isActivity(`agent.output.${name}`)).toBe(true);
	});

	test.each(['group.restarting', 'group.escalated'])('its group: %s', (topic) => {
		expect(touched(topic, { groupId: 'grp_1' })).toEqual(['group grp_1', 'actor group:grp_1']);
	});

	test('nothing where nothing shown has changed, and then its data is not looked at', () => {
		for (const topic of [
			'agent.output.message',
			'agent.output.log',
			'permission.decided',
			'system.started',
			'what.ever',
		])
			expect(
				touchedBy(topic, 'agt_1', () => {
					throw new Error('looked at');
				}),
			).toEqual([]);
		expect(touchingTopics.filter((topic) => !(topic in eventCatalogue))).toEqual([]);
	});
});

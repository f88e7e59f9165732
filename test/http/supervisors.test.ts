import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startWorld, type World } from '../support/http-world.ts';

let world: World;

beforeEach(async () => {
	world = await startWorld();
	for (const name of ['captain', 'mate']) await world.createAgent(name);
});

afterEach(() => world.close());

const sail = { agent: 'captain', mission: 'Sail around the world.' };

async function make(body: object = sail, headers: Record<string, string> = {}) {
	return world.call('POST', '/supervisors', { body, headers });
}

const post = (path: string, body: object = {}) => world.call('POST', path, { body });

describe('a supervisor', () => {
	test('[SU22] is made, listed and read; made again with the same key it is made once', async () => {
		const { status, headers, body } = await make(sail, { 'idempotency-key': 'k' });
		expect([status, headers.get('location')]).toEqual([201, `/supervisors/${body.id}`]);
		const agent = (await world.call('GET', '/agents/captain')).body;
		expect(body).toMatchObject({ agentId: agent.id, mission: sail.mission, progress: 0, pendingQuestions: [] });
		expect((await make(sail, { 'idempotency-key': 'k' })).body.id).toBe(body.id);
		const read = (await world.call('GET', `/supervisors/${body.id}`)).body;
		expect((await world.call('GET', '/supervisors?agentId=captain')).body).toMatchObject({ items: [read], total: 1 });
		expect((await world.call('GET', '/supervisors?agentId=mate')).body.total).toBe(0);
		const by = (await world.call('GET', '/audit?action=supervisor.')).body.items;
		expect(by).toMatchObject([{ action: 'supervisor.create', subject: body.id, agentId: agent.id }]);
	});

	test('[SU10, SU12, SU13] hears from its agent: reports, questions, an end', async () => {
		const { id } = (await make()).body;
		const path = `/supervisors/${id}`;
		expect((await post(`${path}/report`, { activity: 'Leaving port', progress: 10 })).body).toMatchObject({
			...{ currentActivity: 'Leaving port', progress: 10 },
		});
		const question = { question: 'Which way?', choices: ['north', 'south'], key: 'way' };
		const { requestId } = (await post(`${path}/questions`, question)).body;
		expect((await post(`${path}/questions`, question)).body).toEqual({ requestId });
		expect((await world.call('GET', `/requests/${requestId}`)).body).toMatchObject({
			...{ status: 'open', kind: 'question', title: 'Which way?', detail: { supervisorId: id } },
			options: [{ optionId: 'north' }, { optionId: 'south' }],
		});
		expect((await world.call('GET', '/supervisors?hasPendingQuestions=true')).body).toMatchObject({
			items: [{ id, pendingQuestions: [{ id: requestId, choices: ['north', 'south'] }] }],
		});
		expect((await world.call('GET', '/supervisors?hasPendingQuestions=false')).body.total).toBe(0);
		const saved = (await world.call('GET', `${path}/checkpoints?limit=1`)).body;
		expect(saved).toMatchObject({ items: [{ reason: 'question_asked', context: { progress: 10 } }], limit: 1 });
		expect((await post(`${path}/block`, { reason: 'There is no wind.' })).body).toMatchObject({
			...{ state: 'blocked', errorMessage: 'There is no wind.' },
		});
		expect((await post(`${path}/complete`, { summary: 'Around.' })).body).toMatchObject({
			...{ state: 'completed', progress: 100, pendingQuestions: [], errorMessage: null },
		});
		expect((await world.call('GET', `/requests/${requestId}`)).body.status).toBe('withdrawn');
		expect((await world.call('GET', '/supervisors?state=completed')).body.total).toBe(1);
	});

	test('[SU15, SU21] is resumed, and given to another agent', async () => {
		const { id } = (await make()).body;
		const resumed = await post(`/supervisors/${id}/resume`, { reason: 'It was mended' });
		expect([resumed.status, resumed.body]).toMatchObject([
			200,
			{ source: 'manual', restorationCount: 1, recovery: 'resumed', validation: { valid: true, problems: [] } },
		]);
		const assigned = await post(`/supervisors/${id}/assign`, { agent: 'mate' });
		expect(assigned.body).toMatchObject({ source: 'task_reassignment', restorationCount: 2 });
		const mate = (await world.call('GET', '/agents/mate')).body;
		expect((await world.call('GET', `/supervisors/${id}`)).body).toMatchObject({ agentId: mate.id });
	});

	test('[SU19, SU20] is failed, and then removed', async () => {
		const { id } = (await make()).body;
		expect((await world.call('DELETE', `/supervisors/${id}`)).body).toMatchObject({ code: 'invalid_transition' });
		const failed = await post(`/supervisors/${id}/fail`, { reason: 'It takes too long.' });
		expect(failed.body).toMatchObject({ state: 'failed', errorMessage: 'It takes too long.' });
		expect((await world.call('DELETE', `/supervisors/${id}`)).status).toBe(204);
		expect((await world.call('GET', `/supervisors/${id}`)).body).toMatchObject({ code: 'supervisor_not_found' });
	});
});

describe('what is refused', () => {
	test('[SU20] a second mission of an agent, and an agent that is not there', async () => {
		const { id } = (await make()).body;
		expect((await make()).body).toMatchObject({ status: 409, code: 'supervisor_busy', actual: id });
		expect((await make({ ...sail, agent: 'nobody' })).body).toMatchObject({ status: 404, code: 'agent_not_found' });
	});

	test('what a supervisor that has ended is asked', async () => {
		const { id } = (await make()).body;
		await post(`/supervisors/${id}/complete`, { summary: 'Around.' });
		for (const [command, body] of [
			['resume', {}],
			['report', { progress: 1 }],
			['questions', { question: 'Why?' }],
			['tasks', { description: 'More', repository: '/repo' }],
			['complete', { summary: 'Again.' }],
			['block', { reason: 'No' }],
			['fail', { reason: 'No' }],
			['assign', { agent: 'mate' }],
		] as const) {
			const answer = await post(`/supervisors/${id}/${command}`, body);
			expect([command, answer.body.code]).toEqual([command, 'invalid_transition']);
		}
	});

	test.each([
		['report', {}],
		['report', { progress: 101 }],
		['report', { progress: 0.5 }],
		['questions', { question: ' ' }],
		['wait', { taskIds: [] }],
		['tasks', { description: 'More', repository: '/repo', supervisorId: 'sup_other' }],
		['fail', {}],
	])('%s of %j', async (command, body) => {
		const { id } = (await make()).body;
		expect((await post(`/supervisors/${id}/${command}`, body)).body).toMatchObject({ code: 'invalid_request' });
	});

	test('waiting for a task that is not there', async () => {
		const { id } = (await make()).body;
		const answer = await post(`/supervisors/${id}/wait`, { taskIds: ['tsk_none'] });
		expect(answer.body).toMatchObject({ status: 404, code: 'task_not_found' });
	});

	test.each([
		['GET', '/supervisors/none', {}],
		['GET', '/supervisors/none/checkpoints', undefined],
		['POST', '/supervisors/none/resume', {}],
		['POST', '/supervisors/none/report', { progress: 1 }],
		['POST', '/supervisors/none/questions', { question: 'Why?' }],
		['POST', '/supervisors/none/fail', { reason: 'No' }],
		['DELETE', '/supervisors/none', {}],
		['POST', '/quarantine/supervisor:none/reset', {}],
	] as const)('%s %s', async (method, path, body) => {
		const answer = await world.call(method, path, method === 'GET' ? {} : { body });
		expect(answer.body).toMatchObject({ status: 404, code: 'supervisor_not_found' });
	});
});

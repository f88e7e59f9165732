/** Missions survive: a server that is killed, an agent that was away, a session that was lost. */

import { describe, expect, test } from 'vitest';
import { createMissionDesk, type MissionDesk } from '../support/mission-desk.ts';
import { refusalOf } from '../support/operator.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const timeout = 120_000;

interface Scene {
	readonly server: ServerProcess;
	readonly desk: MissionDesk;
	readonly agentId: string;
	readonly id: string;
}

async function begin(): Promise<Scene> {
	const server = await startServerProcess();
	const desk = createMissionDesk(server);
	const agent = await server.hire('captain');
	const { id } = await desk.begin(agent.id, 'say we set sail');
	return { server, desk, agentId: agent.id, id };
}

const question = { question: 'Which way?', choices: ['north', 'south'], context: 'There is ice in the north.' };

async function countTold({ desk, agentId }: Scene, words: string): Promise<number> {
	return (await desk.prompts(agentId)).filter(({ text }) => text.includes(words)).length;
}

describe('a question that is open when the server is killed', { timeout }, () => {
	test('[SU10, SU14, SU17, P5] is there after the boot, and its answer reaches the agent once', async () => {
		const scene = await begin();
		const { server, desk, agentId, id } = scene;
		const requestId = await desk.ask(id, question);
		await desk.reached(id, 'waiting_for_user');
		await server.crash();
		await server.boot();

		const restored = await desk.until(id, 'waits again', ({ state, restorationCount }) => {
			return state === 'waiting_for_user' && restorationCount === 1;
		});
		expect(restored).toMatchObject({ restorationSource: 'daemon_restart', pendingQuestions: [{ id: requestId }] });
		const told = await desk.told(agentId, 'taken up again: restoration 1 (daemon_restart)');
		expect(told.text).toContain(`- ${requestId}: Which way?`);
		await server.events.until('people are asked again', () => {
			const openings = server.events.ofTopic('request.opened').map(({ data }) => data as { requestId: string });
			return openings.filter((opening) => opening.requestId === requestId).length === 2 || undefined;
		});

		const answers = await Promise.allSettled([
			server.api.answer(requestId, { optionId: 'north' }),
			server.api.answer(requestId, { optionId: 'south' }),
		]);
		expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
		const given = (await server.api.request(requestId)).answer as { optionId: string };
		await desk.told(agentId, `Answer: ${given.optionId}`);
		await desk.reached(id, 'idle');
		expect(await countTold(scene, 'has answered your question')).toBe(1);
		expect(await refusalOf(server.api.answer(requestId, { optionId: 'south' }))).toMatchObject({
			status: 409,
			code: 'request_settled',
			actual: { answer: given },
		});

		// Another crash tells nothing twice.
		await server.crash();
		await server.boot();
		await desk.until(
			id,
			'is restored again',
			({ state, restorationCount }) => state === 'idle' && restorationCount === 2,
		);
		expect(await countTold(scene, 'has answered your question')).toBe(1);
	});
});

describe('an agent that is away', { timeout }, () => {
	test('[SU8, SU10, SU15] is told the answer when it is back, after what happened', async () => {
		const scene = await begin();
		const { server, desk, agentId, id } = scene;
		const requestId = await desk.ask(id, { question: 'How far?' });
		await desk.reached(id, 'waiting_for_user');
		await server.api.command(agentId, 'stop', {});
		await desk.reached(id, 'interrupted');
		await server.api.answer(requestId, { answer: 'to the end' });
		expect(await desk.reached(id, 'interrupted')).toMatchObject({ pendingQuestions: [] });

		await server.api.command(agentId, 'start', {});
		await desk.told(agentId, 'Answer: to the end');
		const texts = (await desk.prompts(agentId)).map(({ text }) => text.split('\n')[0]?.slice(0, 50));
		expect(texts.slice(1)).toEqual([
			expect.stringContaining('[Statecraft] Your mission is taken up again'),
			expect.stringContaining('[Statecraft] A person has answered your question'),
		]);
		expect(await desk.reached(id, 'idle')).toMatchObject({ restorationSource: 'agent_restart', restorationCount: 1 });
	});

	test('[SU14, SU15, SU20] after a clean shutdown waits for its agent, which a person who resumes it starts', async () => {
		const { server, desk, agentId, id } = await begin();
		const requestId = await desk.ask(id, { question: 'How far?' });
		await desk.reached(id, 'waiting_for_user');
		await server.shutDown();
		await server.boot();
		await desk.reached(id, 'interrupted');

		const info = await desk.resume(id);
		expect(info).toMatchObject({
			...{ source: 'manual', restorationCount: 1, recovery: 'resumed' },
			...{ validation: { valid: true, problems: [] }, questionsRedelivered: [requestId] },
		});
		await server.reached(agentId, 'idle');
		await desk.told(agentId, 'restoration 1 (manual)');
		await desk.reached(id, 'waiting_for_user');
		expect(await refusalOf(server.api.removeAgent(agentId))).toMatchObject({
			code: 'agent_in_use',
			actual: [`supervisor ${id} (waiting_for_user)`],
		});
		await server.api.failSupervisor(id, 'The ship is sold.');
		await server.api.removeSupervisor(id);
		await server.api.removeAgent(agentId);
	});
});

describe('a turn that is cut short', { timeout }, () => {
	test('[SU9, SU17] is told of in the restoration, and the mission goes on', async () => {
		const server = await startServerProcess();
		const desk = createMissionDesk(server);
		const agent = await server.hire('captain');
		const { id } = await server.api.createSupervisor({ agent: agent.id, mission: 'wait 60s' });
		await server.reached(agent.id, 'busy.working');
		await desk.reached(id, 'working');
		await server.crash();
		await server.boot();
		const told = await desk.told(agent.id, 'Your last turn was cut short');
		expect(told.text).toContain('Interrupted ');
		await desk.reached(id, 'idle');
	});

	test('[SU5, SU14] and that the agent takes up again is waited for, before anything else is told', async () => {
		const server = await startServerProcess();
		const desk = createMissionDesk(server);
		const agent = await server.hire('captain', { interruptedTurn: 'resume' });
		const { id } = await server.api.createSupervisor({ agent: agent.id, mission: 'wait 2s' });
		await server.reached(agent.id, 'busy.working');
		await desk.reached(id, 'working');
		await server.crash();
		await server.boot();
		const told = await desk.told(agent.id, 'taken up again: restoration 1 (daemon_restart)');
		expect(told.text).not.toContain('cut short');
		expect((await desk.prompts(agent.id)).map(({ status }) => status)).toEqual(['finished', 'finished']);
		await desk.reached(id, 'idle');
	});
});

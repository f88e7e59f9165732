/** A mission carried out by tools alone: real supervisors, tasks and git behind them. */

import { expect, test } from 'vitest';
import type { PromptResource } from '../../src/cli/resources.ts';
import { createGitRepository } from '../support/git-repository.ts';
import { startWholeServer, type WholeServer } from '../support/whole-server.ts';

interface Mission {
	readonly id: string;
	readonly state: string;
	readonly currentActivity: string | null;
	readonly progress: number;
	readonly spawnedTaskIds: readonly string[];
	readonly pendingQuestions: ReadonlyArray<{ readonly id: string }>;
}

function missionIs({ api, events }: WholeServer, id: string, state: string): Promise<Mission> {
	return events.until(`${id} is ${state}`, async () => {
		const mission = await api.http.request<Mission>('GET', `/supervisors/${id}`);
		return mission.state === state ? mission : undefined;
	});
}

/** The prompt by which the agent is told so. */
function told({ api, events }: WholeServer, agentId: string, text: string): Promise<string> {
	return events.until(`it is told: ${text}`, async () => {
		const { items } = await api.http.request<{ items: PromptResource[] }>('GET', `/agents/${agentId}/prompts`);
		return items.find((prompt) => prompt.text.includes(text))?.text;
	});
}

test('a supervisor reports, spawns a task once, waits for it, asks, and completes its mission', async () => {
	const server = await startWholeServer();
	const repository = createGitRepository();
	await server.hire('worker');
	const lead = await server.hire('lead');
	const spawn = `call spawn_task ${JSON.stringify({ description: 'say done', repository: repository.path, agent: 'worker' })}`;
	const steps = ['call report_progress {"activity":"planning","progress":10}', spawn, spawn, 'call wait_for_tasks'];
	const { id } = await server.post<Mission>('/supervisors', { agent: lead.id, mission: steps.join('\n') });

	const waiting = await missionIs(server, id, 'waiting_for_tasks');
	expect(waiting).toMatchObject({ currentActivity: 'planning', progress: 10 });
	expect(waiting.spawnedTaskIds).toHaveLength(1);
	const [taskId = ''] = waiting.spawnedTaskIds;
	expect(await server.api.http.request('GET', `/tasks/${taskId}`)).toMatchObject({
		supervisorId: id,
		repository: repository.path,
	});

	await server.post(`/tasks/${taskId}/cancel`, {});
	expect(await told(server, lead.id, 'The tasks that you waited for have ended')).toContain(taskId);
	await server.settled((await server.ask(lead.id, 'call ask_human {"question":"Is that all?"}')).id);
	const asking = await missionIs(server, id, 'waiting_for_user');
	await server.api.answer(asking.pendingQuestions[0]?.id ?? '', { answer: 'it is' });
	await told(server, lead.id, 'Answer: it is');
	await server.settled((await server.ask(lead.id, 'call complete {"summary":"nothing is left"}')).id);
	expect(await missionIs(server, id, 'completed')).toMatchObject({ progress: 100 });

	const late = await server.settled((await server.ask(lead.id, 'call complete {"summary":"again"}')).id);
	expect(late.result?.text).toContain('completed already');
	const report = await server.settled((await server.ask(lead.id, 'call report_progress {"progress":1}')).id);
	expect(report.result?.text).toContain('supervisor_not_found');
});

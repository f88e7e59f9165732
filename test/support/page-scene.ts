/** Something of everything, for whoever looks at every screen. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { initGitRepository } from './git-repository.ts';
import { createMissionDesk } from './mission-desk.ts';
import type { ServerProcess } from './server-process.ts';

export interface PageScene {
	readonly screens: readonly SceneScreen[];
}

export interface SceneScreen {
	readonly name: string;
	/** Within the page. */
	readonly address: string;
	/** To be seen there. */
	readonly words: string | RegExp;
}

const story = [
	'think Where does it come from?',
	'plan look | mend | test',
	'say ## Found it\nsay It is in `main.ts`.',
	'tool Read main.ts',
	'usage 12000',
	'say **Done**, see [the manual](https://example.com).',
].join('\n');

/** Agents idle, asking, failed and stopped; a workflow, a supervisor that asks, and tasks. */
export async function furnish(server: ServerProcess): Promise<PageScene> {
	const ada = await server.hire('ada', { labels: { team: 'red' } });
	await server.settled((await server.ask(ada.id, story)).id);
	const grace = await server.hire('grace');
	await server.ask(grace.id, 'say I need you; permission Delete the build folder');
	await server.request(grace.id);
	await server.ask(grace.id, 'say later');
	const broken = await server.create('broken', {
		driver: { kind: 'acp', command: '/no/such/program' },
		restart: 'temporary',
	});
	await server.reached(broken.id, 'failed');
	const waiting = await server.create('waiting', { autoStart: false });
	const workflow = await server.post<{ id: string }>('/workflows', {
		name: 'triage',
		agent: ada.name,
		trigger: { type: 'manual' },
		template: 'say Look at {{ item.title }}',
	});
	await server.post(`/workflows/${workflow.id}/trigger`, { title: 'the first item' });
	const repository = join(server.directory, 'repository');
	mkdirSync(repository);
	initGitRepository(repository);
	const task = await server.post<{ id: string }>('/tasks', {
		description: 'Mend the build\n\nIt fails on the first of each month.',
		repository,
		gates: [{ name: 'tests', command: 'true' }],
	});
	const desk = createMissionDesk(server);
	const supervisor = await desk.begin(ada.id, 'say I sail around the world');
	await desk.ask(supervisor.id, { question: 'Which way?', choices: ['East', 'West'], key: 'way' });
	const screens: ReadonlyArray<readonly [name: string, address: string, words: string | RegExp]> = [
		['fleet', '/', 'broken'],
		['inbox', '/inbox', 'Delete the build folder'],
		['agent', `/agents/${ada.id}`, 'Found it'],
		['agent-statechart', `/agents/${ada.id}?tab=statechart`, 'In words'],
		['agent-runs', `/agents/${ada.id}?tab=runs`, /generation|launch|run/i],
		['agent-journal', `/agents/${ada.id}?tab=journal`, 'Connected'],
		['agent-history', `/agents/${ada.id}?tab=history`, /Connected/i],
		['agent-settings', `/agents/${ada.id}?tab=settings`, 'How it is run'],
		['agent-that-asks', `/agents/${grace.id}`, 'I need you'],
		['agent-that-failed', `/agents/${broken.id}`, '/no/such/program'],
		['agent-that-waits', `/agents/${waiting.id}`, 'waiting'],
		['no-agent', '/agents/agt_nobody', /no such|not found|there is no/i],
		['workflows', '/workflows', 'triage'],
		['workflow', `/workflows/${workflow.id}`, 'triage'],
		['supervisors', '/supervisors', 'sail around the world'],
		['supervisor', `/supervisors/${supervisor.id}`, 'Which way?'],
		['tasks', '/tasks', 'Mend the build'],
		['task', `/tasks/${task.id}`, 'Mend the build'],
		['machines', '/machines', 'agent'],
		['nowhere', '/nowhere', 'no such screen'],
	];
	return { screens: screens.map(([name, address, words]) => ({ name, address, words })) };
}

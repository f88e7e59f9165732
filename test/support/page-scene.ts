/** Something of everything, for whoever looks at every screen. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { initGitRepository } from './git-repository.ts';
import { createMissionDesk } from './mission-desk.ts';
import type { ServerProcess } from './server-process.ts';

export interface PageScene {
	/** Addresses in the page, with what is to be seen there. */
	readonly screens: ReadonlyArray<readonly [address: string, words: string | RegExp]>;
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
	await server.create('waiting', { autoStart: false });
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
	return {
		screens: [
			['/', 'broken'],
			['/inbox', 'Delete the build folder'],
			[`/agents/${ada.id}`, 'Found it'],
			[`/agents/${grace.id}`, 'I need you'],
			[`/agents/${broken.id}`, 'broken'],
			['/agents/agt_nobody', /no such|not found|there is no/i],
			['/workflows', 'triage'],
			[`/workflows/${workflow.id}`, 'triage'],
			['/supervisors', 'sail around the world'],
			[`/supervisors/${supervisor.id}`, 'Which way?'],
			['/tasks', 'Mend the build'],
			[`/tasks/${task.id}`, 'Mend the build'],
			['/machines', 'agent'],
			['/nowhere', 'no such screen'],
		],
	};
}

/** What must hold of workflows after any crash: asked of the API, of the agent's disk and of the database file. */

import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { ListingResource, PromptResource } from '../../src/cli/resources.ts';
import { type Complaints, checkHistory, checkProcesses, same } from './crash-invariants.ts';
import type { ServerProcess } from './server-process.ts';
import { startedTurns } from './session-ledger.ts';
import { isSettled, queue, queueItems, type WorkflowScene } from './workflow-crash-scenario.ts';
import { createWorkflowDesk, type DispatchAnswer } from './workflow-desk.ts';

export async function checkWorkflowScene(server: ServerProcess, scene: WorkflowScene): Promise<Complaints> {
	const desk = createWorkflowDesk(server);
	const done = await desk.dispatches(scene.intake.id);
	const reviews = await desk.dispatches(scene.review.id);
	const complaints = [
		...same('items', done.map(({ sourceId }) => sourceId).length, queueItems.length),
		...same('titles', done.map(({ title }) => title).sort(), [...queueItems].sort()),
		...same('reviews', reviews.length, done.length),
		...(await checkQueue(server)),
		...(await checkProcesses(server, scene.agent)),
		...(await checkHistory(server, scene.agent.id)),
		...(await checkActors(server, scene)),
	];
	const { items } = await server.api.http.request<ListingResource<PromptResource>>(
		'GET',
		`/agents/${scene.agent.id}/prompts?limit=200`,
	);
	for (const dispatch of [...done, ...reviews]) complaints.push(...(await checkDispatch(server, dispatch, items)));
	for (const { id } of done) {
		const texts = items.filter(({ text, status }) => status === 'finished' && text.endsWith(`: ${id}`));
		complaints.push(...same(`reviews of ${id}`, texts.length, 1));
	}
	return complaints;
}

/** [P4] Completed by one prompt, the last; every other was cut short; none was begun twice. */
async function checkDispatch(server: ServerProcess, dispatch: DispatchAnswer, prompts: readonly PromptResource[]) {
	const { id, attempts, status, title } = dispatch;
	const own = prompts.filter(({ idempotencyKey }) => idempotencyKey?.startsWith(`${id}/`));
	const complaints = [
		...same(`status of ${title}`, [status, isSettled(dispatch)], ['completed', true]),
		...same(`attempts of ${title}`, own.length, attempts),
	];
	for (const prompt of own) {
		const begun = await startedTurns(server.sessionDirectory, prompt.idempotencyKey ?? '');
		const isLast = prompt.id === dispatch.promptId;
		if (begun > 1) complaints.push(`${prompt.idempotencyKey} was begun ${begun} times`);
		if (isLast && begun === 0) complaints.push(`${prompt.idempotencyKey} was never begun`);
		complaints.push(...same(`end of ${prompt.idempotencyKey}`, prompt.status, isLast ? 'finished' : 'interrupted'));
	}
	return complaints;
}

async function checkQueue({ api }: ServerProcess): Promise<Complaints> {
	const { items } = await api.http.request<{ items: { item: { title: string }; status: string }[] }>(
		'GET',
		`/queues/${queue}`,
	);
	const found = items.map(({ item, status }) => `${item.title} ${status}`).sort();
	return same('queue', found, queueItems.map((title) => `${title} done`).sort());
}

/** Exactly one runner for each workflow, and nothing that waits for anybody but a clock. */
async function checkActors(server: ServerProcess, { agent, intake, review }: WorkflowScene): Promise<Complaints> {
	const desk = createWorkflowDesk(server);
	for (const { id } of [intake, review]) await desk.runnerIs(id, 'waiting');
	const left = await server.events
		.until('nothing is under way', () => (readLeft(server).length === 0 ? [] : undefined))
		.catch(() => readLeft(server));
	const runners = [intake, review].map(({ id }) => `orchestrator:main/${id}`);
	return [
		...left,
		...same(
			'actors',
			readColumn(server, 'SELECT address FROM actors'),
			[`agent:${agent.id}`, 'orchestrator:main', ...runners].sort(),
		),
		...same('quarantined', readColumn(server, 'SELECT address FROM actors WHERE quarantine IS NOT NULL'), []),
	];
}

function readLeft(server: ServerProcess): readonly string[] {
	return [
		...readColumn(server, "SELECT 'effect ' || id FROM effects"),
		...readColumn(server, "SELECT 'message ' || id FROM messages"),
		...readColumn(server, "SELECT 'timer ' || id FROM timers WHERE address NOT IN (SELECT address FROM actors)"),
	];
}

/** Of the database file, past the server; sorted. */
export function readColumn({ dataDir }: ServerProcess, query: string): readonly string[] {
	const database = new Database(join(dataDir, 'statecraft.db'), { readonly: true });
	try {
		return (database.prepare(query).pluck().all() as string[]).sort();
	} finally {
		database.close();
	}
}

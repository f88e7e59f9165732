/** Runners and an orchestrator that nobody understands at boot: set aside, and their workflows go on. */

import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import type { PromptResource } from '../../src/cli/resources.ts';
import { readBootReport } from '../support/boot-report.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { startedTurns } from '../support/session-ledger.ts';
import { readColumn } from '../support/workflow-crash-invariants.ts';
import { createWorkflowDesk } from '../support/workflow-desk.ts';

const timeout = 120_000;
const orchestrator = 'orchestrator:main';

/** Writes the actor's snapshot anew, as a disk or an older program might have left it. */
function spoil({ dataDir }: ServerProcess, address: string): void {
	const database = new Database(join(dataDir, 'statecraft.db'));
	try {
		const set = database.prepare(
			'UPDATE actors SET snapshot = replace(snapshot, \'"value"\', \'"worth"\') WHERE address = ?',
		);
		expect(set.run(address).changes).toBe(1);
	} finally {
		database.close();
	}
}

/** Two workflows on one agent: `rule` has a dispatch under way and one that waits, `other` has read its trigger. */
async function openScene() {
	const server = await startServerProcess();
	const desk = createWorkflowDesk(server);
	const { id: agentId } = await server.hire('helper', { restart: { backoffMs: { initial: 1, max: 2 } } });
	const { id: rule } = await desk.standing(agentId, {
		template:
			'{% if dispatch.attempt == 1 %}{{ item.body }}{% else %}say{% endif %} {{ dispatch.id }}/{{ dispatch.attempt }}',
		retry: { backoffMs: { initial: 1, max: 2 } },
	});
	const { id: other } = await desk.standing(agentId, {
		...{ name: 'other', template: 'say follow {{ item.metadata.dispatchId }}' },
		trigger: { type: 'dispatch_result', workflow: 'rule', status: ['completed'] },
	});
	const first = await desk.trigger(rule, { body: 'say' });
	await desk.became(first.id, 'completed');
	await server.events.until('it is followed', async () => {
		const [follower] = await desk.dispatches(other);
		return follower?.status === 'completed' || undefined;
	});
	const underWay = await desk.trigger(rule, { body: 'permission' });
	await server.reached(agentId, 'busy.awaitingInput');
	const waiting = await desk.trigger(rule, { body: 'say' });
	await server.crash();
	return { server, desk, agentId, rule, other, dispatches: [first, underWay, waiting].map(({ id }) => id) };
}

type Scene = Awaited<ReturnType<typeof openScene>>;

/** Both workflows have a runner and do what they did; nothing was dispatched, or begun, twice. */
async function expectAllIsWell({ server, desk, agentId, rule, other, dispatches }: Scene): Promise<void> {
	for (const id of dispatches) await desk.became(id, 'completed');
	expect((await desk.dispatches(rule)).map(({ id, attempts }) => [id, attempts])).toEqual(
		dispatches.map((id, index) => [id, index === 1 ? 2 : 1]),
	);
	await server.events.until('all are followed', async () => {
		const followers = await desk.dispatches(other);
		return (followers.length === 3 && followers.every(({ status }) => status === 'completed')) || undefined;
	});
	const { items } = await server.api.http.request<{ items: PromptResource[] }>('GET', `/agents/${agentId}/prompts`);
	expect(items.map(({ status }) => status).sort()).toEqual([...Array(6).fill('finished'), 'interrupted']);
	for (const { text } of items) expect(await startedTurns(server.sessionDirectory, text)).toBe(1);
	for (const id of [rule, other]) await desk.runnerIs(id, 'waiting');
	const { id: after } = await desk.trigger(rule, { body: 'say' });
	await desk.became(after, 'completed');
	expect(readColumn(server, 'SELECT address FROM actors')).toEqual(
		[`agent:${agentId}`, orchestrator, ...[rule, other].map((id) => `${orchestrator}/${id}`)].sort(),
	);
	expect(readColumn(server, 'SELECT address FROM actors WHERE quarantine IS NOT NULL')).toEqual([]);
}

describe('at boot', { timeout }, () => {
	/** Spoils these actors, and boots on what is left. */
	async function bootWithout({ server }: Scene, addresses: readonly string[]): Promise<void> {
		for (const address of addresses) spoil(server, address);
		// The quarantine is logged as an error, which this world would take for a fault.
		await server.boot({ settings: { logLevel: 'fatal' } });
		expect((await readBootReport(server, 2)).quarantined).toBe(addresses.length);
	}

	test('[P11, P4, DU28, OR10, WR5] a runner that is not understood is followed by one that adopts its dispatch', async () => {
		const scene = await openScene();
		await bootWithout(scene, [`${orchestrator}/${scene.rule}`]);
		await expectAllIsWell(scene);
	});

	test('[P11, P4, DU28, OR10] all runners at once', async () => {
		const scene = await openScene();
		await bootWithout(scene, [`${orchestrator}/${scene.rule}`, `${orchestrator}/${scene.other}`]);
		await expectAllIsWell(scene);
	});

	test('[P11, P4, OR4, WR5] an orchestrator that is not understood is begun afresh, its runners with it', async () => {
		const scene = await openScene();
		await bootWithout(scene, [orchestrator]);
		await expectAllIsWell(scene);
	});

	test('[P11, OR10, OR11] the runner of a workflow that is removed meanwhile leaves nothing behind', async () => {
		const scene = await openScene();
		const { server, desk, agentId, rule, other } = scene;
		await bootWithout(scene, [`${orchestrator}/${rule}`]);
		await server.api.http.request('DELETE', `/workflows/${rule}`);
		await server.events.until('it is gone', () => {
			const actors = readColumn(server, 'SELECT address FROM actors');
			const left = [`agent:${agentId}`, orchestrator, `${orchestrator}/${other}`].sort();
			return JSON.stringify(actors) === JSON.stringify(left) ? true : undefined;
		});
		await desk.runnerIs(other, 'waiting');
		await server.events.until('nothing is left for it', () => {
			const left = [...readColumn(server, 'SELECT id FROM effects'), ...readColumn(server, 'SELECT id FROM messages')];
			return left.length === 0 ? true : undefined;
		});
	});
});

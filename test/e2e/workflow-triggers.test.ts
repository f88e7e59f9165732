/** Every trigger through its own door, on a server that is then killed, and is back an hour later. */

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startedTurns } from '../support/session-ledger.ts';
import { openTriggerScene, type TriggerScene } from './trigger-scene.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const awayMs = 3_600_000;

/** The titles of each workflow's items by the end of the first round. `any` is told of its parts in either order. */
const firstRound = {
	issues: ['issue 1'],
	pulls: ['pull 1'],
	soon: [expect.stringMatching(/^Due at /)],
	later: [],
	skipping: [],
	catching: [],
	ours: ['delivery 1'],
	hub: ['opened 1'],
	upstream: ['round 1'],
	jobs: ['job 1'],
	idle: [expect.stringMatching(/^idler has been idle since /)],
	lives: [
		'patient stopped',
		...['patient connected', 'patient was restarted'],
		'patient failed',
		...['patient connected', 'patient was restarted'],
	],
	chain: ['upstream completed: round 1'],
	answered: ['Answered: gather 1'],
	all: ['Answered: gather 1 + upstream completed: round 1'],
	any: ['Answered: gather 1', 'upstream completed: round 1'],
} as const;

type WorkflowName = keyof typeof firstRound;

/** And what the second round adds: begun before the server was killed, or while it was away. */
const secondRound = {
	issues: ['issue 3'],
	pulls: ['pull 4'],
	soon: [],
	later: [expect.stringMatching(/^Due at /)],
	skipping: [],
	catching: [expect.stringMatching(/^Cron /)],
	ours: ['delivery 2'],
	hub: ['opened 2'],
	upstream: ['round 2'],
	jobs: ['job 2', 'job 3'],
	idle: [expect.stringMatching(/^idler has been idle since /)],
	lives: ['patient stopped', 'patient connected', 'patient was restarted'],
	chain: ['upstream completed: round 2'],
	answered: ['Answered: gather 2', 'Answered: gather 3'],
	all: ['Answered: gather 2 + upstream completed: round 2'],
	any: ['Answered: gather 2', 'upstream completed: round 2', 'Answered: gather 3'],
} as const satisfies Record<WorkflowName, readonly unknown[]>;

const names = Object.keys(firstRound) as WorkflowName[];

let scene: TriggerScene;
let hasFailed = false;

beforeAll(async () => {
	scene = await openTriggerScene();
});
afterEach(({ task }) => {
	hasFailed ||= task.result?.state === 'fail';
});
afterAll(() => scene.close(hasFailed));

/** What comes in through the doors in either round. */
async function openDoors(round: number): Promise<void> {
	const { server, deliver, settleQuestion, agents } = scene;
	await server.post('/workflows/upstream/trigger', { sourceId: `round ${round}`, title: `round ${round}` });
	await server.post('/queues/jobs', { sourceId: `job ${round}`, title: `job ${round}` });
	await deliver('ours', { id: `ours-${round}`, payload: { title: `delivery ${round}` } });
	await deliver('hub', hubDelivery(round));
	await settleQuestion(`gather ${round}`);
	await server.api.command(agents.patient, 'stop', {});
	await server.reached(agents.patient, 'stopped');
}

function hubDelivery(round: number) {
	return { id: `hub-${round}`, event: 'issues', payload: { action: 'opened', issue: { title: `opened ${round}` } } };
}

/** Waits for the items, finds these and no others, and that the agent began one turn for each. */
async function expectItems(name: WorkflowName, expected: readonly unknown[]): Promise<void> {
	const titles = (await scene.completed(name, expected.length)).map(({ title }) => title);
	expect(name === 'any' ? titles.sort() : titles).toEqual(name === 'any' ? [...expected].sort() : expected);
	for (const title of new Set(titles)) {
		const turns = await startedTurns(scene.server.sessionDirectory, `say ${name}: ${title}\n`);
		expect(turns, title).toBe(titles.filter((each) => each === title).length);
	}
}

describe('[WF1, WF2] what comes in through the door of a trigger is done once', () => {
	beforeAll(async () => {
		const { server, agents } = scene;
		await openDoors(1);
		await server.api.command(agents.patient, 'start', {});
		await server.reached(agents.patient, 'idle');
		const { generation } = await server.api.agent(agents.patient);
		await server.ask(agents.patient, 'crash');
		await server.reachedAgain(agents.patient, 'idle', generation + 1);
	});

	test.each(names)('%s', (name) => expectItems(name, firstRound[name]));

	test('[WF16] a delay disables its workflow', async () => {
		const isEnabled = async () => (await scene.desk.workflow('soon')).enabled;
		await scene.server.events.until('it is disabled', async () => !(await isEnabled()) || undefined);
	});

	test('[WF15] a clock that strikes every second', async () => {
		const strokes = await scene.completed('clock', 2);
		expect(new Set(strokes.map(({ sourceId }) => sourceId)).size).toBe(strokes.length);
	});

	test('[WF18] a delivery that is replayed, ignored, or signed by somebody else', async () => {
		const [known] = await scene.completed('hub', 1);
		const { status, body } = await scene.deliver('hub', hubDelivery(1));
		expect({ status, body }).toEqual({ status: 200, body: { outcome: 'repeated', dispatchId: known?.id } });
		expect(await scene.deliver('hub', { ...hubDelivery(7), event: 'ping' })).toMatchObject({
			status: 202,
			body: { outcome: 'ignored' },
		});
		for (const name of ['ours', 'hub']) {
			const forged = await scene.deliver(name, { ...hubDelivery(8), key: 'not the secret' });
			expect(forged).toMatchObject({ status: 401, body: { code: 'signature_invalid' } });
		}
	});
});

describe('[WF2, WF3, WF5, WF20] killed in the middle of it, and back an hour later, everything is taken up once', () => {
	let crashedAt: number;

	beforeAll(async () => {
		const { server, agents, github } = scene;
		await server.ask(agents.worker, 'ask whether everybody has to wait');
		await server.reached(agents.worker, 'busy.awaitingInput');
		await openDoors(2);
		await server.ask(agents.asker, 'permission gather 3', { repeatable: true });
		await server.reached(agents.asker, 'busy.awaitingInput');
		crashedAt = Date.now();
		await scene.crashFor(awayMs, () => {
			github.addIssue({ title: 'issue 3' });
			github.addPull({ title: 'pull 4' });
		});
		await server.reachedAgain(agents.asker, 'busy.awaitingInput', 2);
		await scene.answer();
		await server.api.command(agents.patient, 'start', {});
		await server.post('/queues/jobs', { sourceId: 'job 3', title: 'job 3' });
	});

	test.each(names)('%s', (name) => expectItems(name, [...firstRound[name], ...secondRound[name]]));

	test('[WF15] a clock goes on; of what it missed only the last minute is made up for', async () => {
		const isAfter = ({ sourceId }: { sourceId: string }) => Date.parse(sourceId) > crashedAt + awayMs / 2;
		const strokes = await scene.server.events.until('it strikes again', async () => {
			const all = await scene.completed('clock', 1);
			return all.some(isAfter) ? all : undefined;
		});
		const [first] = strokes.filter(isAfter);
		expect(Date.parse(first?.sourceId ?? '')).toBeGreaterThan(crashedAt + awayMs - 62_000);
		expect(new Set(strokes.map(({ sourceId }) => sourceId)).size).toBe(strokes.length);
	});

	test('[WF15] what was missed is counted where it is made up for', async () => {
		const [{ id } = { id: '' }] = await scene.completed('catching', 1);
		const dispatch = await scene.desk.dispatch(id);
		expect(dispatch).toMatchObject({ item: { metadata: { missed: 3 } } });
	});

	test('[WF1, WF18] a delivery that its sender repeats is known, as is what people hand in again', async () => {
		const [, known] = await scene.completed('hub', 2);
		const repeated = { status: 200, body: { outcome: 'repeated', dispatchId: known?.id } };
		expect(await scene.deliver('hub', hubDelivery(2))).toEqual(repeated);
		const [, round] = await scene.completed('upstream', 2);
		expect(await scene.desk.trigger('upstream', { sourceId: 'round 2' })).toMatchObject({ id: round?.id });
	});
});

/** Metrics of a real server: each moves when what it counts happens. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { packageVersion } from '../../src/package.ts';
import { createFaultyStore, type Faults } from '../support/faulty-store.ts';
import { createGitRepository } from '../support/git-repository.ts';
import { type MetricSeries, parseMetrics } from '../support/metric-series.ts';
import { listen } from '../support/sockets.ts';
import { startWholeServer, type WholeServer } from '../support/whole-server.ts';

const silent = pino({ level: 'silent' });

type Labels = Readonly<Record<string, string>>;

async function scrape({ statecraft: { url, token } }: WholeServer): Promise<MetricSeries> {
	const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
	expect(response.status).toBe(200);
	return parseMetrics(await response.text());
}

/** Waits until the series has the value. */
async function shows(server: WholeServer, name: string, labels: Labels, value: number): Promise<void> {
	await expect
		.poll(async () => (await scrape(server)).value(name, labels), { timeout: 10_000, message: name })
		.toBe(value);
}

test('agents, prompts, turns and the steps that led there are counted', async () => {
	const server = await startWholeServer();
	const before = await scrape(server);
	expect(before.value('statecraft_agents')).toBe(0);
	expect(before.value('statecraft_agents', { state: 'idle' })).toBe(0);
	expect(before.value('statecraft_build_info', { version: packageVersion, node: process.versions.node })).toBe(1);
	expect(before.value('statecraft_database_up')).toBe(1);
	expect(before.value('statecraft_boot_recovered', { outcome: 'restored' })).toBe(0);

	const { id } = await server.hire('ada');
	await server.ask(id, 'permission dig');
	const second = await server.ask(id, 'say hi');
	const permission = await server.request(id);
	const during = await scrape(server);
	expect(during.value('statecraft_agents', { state: 'busy' })).toBe(1);
	expect(during.value('statecraft_prompts', { status: 'running' })).toBe(1);
	expect(during.value('statecraft_prompts', { status: 'queued' })).toBe(1);
	await server.api.answer(permission.id, { optionId: 'allow' });
	await server.settled(second.id);
	const third = await server.ask(id, 'wait 60s');
	await server.begun(third.id);
	await server.post(`/prompts/${third.id}/cancel`);
	await server.became(third.id, 'cancelled');

	const after = await scrape(server);
	expect(after.value('statecraft_prompts')).toBe(0);
	expect(after.value('statecraft_prompts_total', { outcome: 'finished' })).toBe(2);
	expect(after.value('statecraft_prompts_total', { outcome: 'cancelled' })).toBe(1);
	expect(after.value('statecraft_turn_seconds_count', { outcome: 'finished' })).toBe(2);
	expect(after.value('statecraft_turn_seconds_sum', { outcome: 'finished' })).toBeGreaterThan(0);
	expect(after.value('statecraft_prompt_wait_seconds_count')).toBe(3);
	expect(after.value('statecraft_prompt_wait_seconds_sum')).toBeGreaterThan(0);
	expect(after.value('statecraft_transitions_total', { machine: 'agent', trigger: 'PromptReceived' })).toBe(2);
	expect(after.value('statecraft_steps_total', { machine: 'agent' })).toBeGreaterThan(8);
	expect(after.value('statecraft_effect_seconds_count', { effect: 'deliverPrompt', outcome: 'done' })).toBe(3);
	expect(after.value('statecraft_effects_running', { effect: 'deliverPrompt' })).toBe(0);
	expect(after.value('statecraft_commit_seconds_count')).toBeGreaterThan(5);
	expect(after.value('statecraft_commit_units_sum')).toBeGreaterThanOrEqual(
		after.value('statecraft_commit_units_count') ?? Number.NaN,
	);
	expect(after.value('statecraft_events_total', { topic: 'prompt.finished' })).toBe(2);
	expect(after.value('statecraft_event_cursor')).toBeGreaterThan(during.value('statecraft_event_cursor') ?? 0);
	expect(
		after.value('statecraft_http_request_seconds_count', { route: 'POST /agents/{id}/prompts', status: '202' }),
	).toBe(3);
	expect(after.value('process_cpu_seconds_total')).toBeGreaterThan(0);
});

test('requests to people, what they wait, and what is told of them are counted', async () => {
	const answers = [500, 204];
	const receiver = createServer((_request, response) => void response.writeHead(answers.shift() ?? 204).end());
	await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
	onTestFinished(() => new Promise<void>((resolve) => void receiver.close(() => resolve())));
	const notifyUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
	const server = await startWholeServer({ settings: { notifyUrl } });
	const { id } = await server.hire('ada');
	const prompt = await server.ask(id, 'permission dig; ask why?');
	const permission = await server.request(id);
	const open = await scrape(server);
	expect(open.value('statecraft_open_requests', { kind: 'permission' })).toBe(1);
	expect(open.value('statecraft_open_requests', { kind: 'question' })).toBe(0);
	await expect
		.poll(async () => (await scrape(server)).value('statecraft_open_request_oldest_seconds', { kind: 'permission' }))
		.toBeGreaterThan(0);
	await server.api.answer(permission.id, { optionId: 'allow' });
	await shows(server, 'statecraft_open_requests', { kind: 'question' }, 1);
	await server.post(`/prompts/${prompt.id}/cancel`);
	await server.settled(prompt.id);
	const after = await scrape(server);
	expect(after.value('statecraft_open_requests')).toBe(0);
	expect(after.value('statecraft_request_wait_seconds_count', { kind: 'permission', outcome: 'answered' })).toBe(1);
	expect(after.value('statecraft_request_wait_seconds_count', { kind: 'question', outcome: 'withdrawn' })).toBe(1);
	await shows(server, 'statecraft_notifications_total', { outcome: 'delivered' }, 2);
	expect((await scrape(server)).value('statecraft_notifications_total', { outcome: 'failed' })).toBe(1);
});

test('a policy that decides, a crash of an agent, its restarts and its end are counted', async () => {
	const server = await startWholeServer();
	const restart = { policy: 'permanent', maxRestarts: 1, withinSeconds: 60, backoffMs: { initial: 100, max: 100 } };
	const { id } = await server.hire('ada', { restart, policy: { mode: 'allow_all' } });
	await server.settled((await server.ask(id, 'permission dig')).id);
	expect((await scrape(server)).value('statecraft_permission_decisions_total', { decision: 'allow' })).toBe(1);
	const crash = async () => {
		const prompt = await server.ask(id, 'crash');
		await server.settled(prompt.id);
	};
	await crash();
	await server.reachedAgain(id, 'idle', 2);
	await shows(server, 'statecraft_agent_restarts_total', {}, 1);
	await crash();
	await server.reached(id, 'failed');
	const after = await scrape(server);
	expect(after.value('statecraft_escalations_total', { what: 'agent' })).toBe(1);
	expect(after.value('statecraft_runs_ended_total', { state: 'failed' })).toBe(2);
	expect(after.value('statecraft_prompts_total', { outcome: 'interrupted' })).toBe(2);
	expect(after.value('statecraft_agents', { state: 'failed' })).toBe(1);
	expect(after.value('statecraft_transitions_total', { trigger: 'BackoffElapsed' })).toBe(1);
	// The pause before the restart was a timer.
	expect(after.value('statecraft_timer_lateness_seconds_count')).toBeGreaterThan(0);
});

test('workflows, tasks and missions are counted', async () => {
	const server = await startWholeServer();
	const { id } = await server.hire('ada');
	const body = { name: 'greet', agent: 'ada', trigger: { type: 'manual' }, template: 'say {{ item.title }}' };
	const workflow = await server.post<{ id: string }>('/workflows', body);
	await shows(server, 'statecraft_workflow_runners', { state: 'waiting' }, 1);
	await server.post(`/workflows/${workflow.id}/trigger`, { title: 'hello' });
	await shows(server, 'statecraft_dispatch_attempts_total', { outcome: 'completed' }, 1);
	const blocked = await server.ask(id, 'wait 60s');
	await server.post(`/workflows/${workflow.id}/trigger`, { title: 'again' });
	await server.post(`/workflows/${workflow.id}/trigger`, { title: 'and again' });
	await shows(server, 'statecraft_dispatches', { status: 'dispatched' }, 1);
	await shows(server, 'statecraft_dispatches', { status: 'pending' }, 1);
	await shows(server, 'statecraft_workflow_runners', { state: 'dispatching' }, 1);

	const { path: repository } = createGitRepository();
	await server.post('/tasks', { description: 'Mend it', repository });
	await shows(server, 'statecraft_tasks', { state: 'assigned' }, 1);
	const mission = await server.post<{ id: string }>('/supervisors', { agent: 'ada', mission: 'Sail on.' });
	await expect.poll(async () => (await scrape(server)).value('statecraft_supervisors')).toBe(1);
	await server.post(`/supervisors/${mission.id}/resume`);
	await expect
		.poll(async () => (await scrape(server)).value('statecraft_supervisor_restorations_total', { source: 'manual' }))
		.toBe(1);
	await server.post(`/prompts/${blocked.id}/cancel`);
});

test('streams are counted while they are open', async () => {
	const server = await startWholeServer();
	// The test itself follows the events.
	await server.events.until('the stream is open', async () =>
		(await scrape(server)).value('statecraft_stream_clients', { kind: 'sse' }) === 1 ? true : undefined,
	);
	const { url, token } = server.statecraft;
	const { socket, closed } = listen(`${url.replace('http', 'ws')}/stream`, {
		headers: { authorization: `Bearer ${token}` },
	});
	await shows(server, 'statecraft_stream_clients', { kind: 'websocket' }, 1);
	socket.close();
	await closed;
	await shows(server, 'statecraft_stream_clients', { kind: 'websocket' }, 0);
	expect((await scrape(server)).value('statecraft_stream_gaps_total')).toBe(0);
});

test('a commit that the store refuses is counted', async () => {
	const faults: Faults = {};
	const server = await startWholeServer({
		overrides: { wrapStore: (store) => createFaultyStore(store, faults), logger: silent },
	});
	faults.before = () => {
		throw new Error('the disk is full');
	};
	await expect(server.create('ada')).rejects.toThrow();
	delete faults.before;
	expect((await scrape(server)).value('statecraft_commit_failures_total')).toBe(1);
});

test('the fleet may grow: the number of series does not, and no label holds an id', async () => {
	const server = await startWholeServer();
	const live = async (name: string) => {
		const { id } = await server.hire(name);
		await server.settled((await server.ask(id, 'tool dig; say hi')).id);
		return id;
	};
	const nowhere = (path: string) => fetch(`${server.statecraft.url}/nothing/${path}`);
	await live('ada');
	await live('kim');
	await nowhere('agt_0');
	await scrape(server);
	const few = await scrape(server);
	for (const name of ['bob', 'eve', 'mia']) await live(name);
	for (const path of ['agt_1', 'agt_2']) await nowhere(path);
	const many = await scrape(server);
	// Which routes the test itself has called meanwhile is a matter of luck.
	const ofFleet = ({ names }: MetricSeries) => names.filter((name) => !name.startsWith('statecraft_http_')).sort();
	expect(ofFleet(many)).toEqual(ofFleet(few));
	expect(many.names.filter((name) => name.startsWith('statecraft_http_') && name.includes('/nothing'))).toEqual([]);
	expect(
		many.labelValues().filter((value) => /(agt|pmt|run|req)_[0-9a-z]{10,}|ada|kim|bob|eve|mia/.test(value)),
	).toEqual([]);
});

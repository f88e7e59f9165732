/** The whole product with a real Valkey or Redis: what other programs see of it is what the API tells. */

import { pino } from 'pino';
import { describe, expect, test, vi } from 'vitest';
import { checkValkey } from '../../src/cli/valkey-check.ts';
import { loadConfig, type SettingTexts } from '../../src/config.ts';
import { parseMetrics } from '../support/metric-series.ts';
import type { Operator } from '../support/operator.ts';
import { listCommitted } from '../support/relayed-events.ts';
import { startServerProcess } from '../support/server-process.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { hasServerProgram, startOwnValkey, testValkeyUrl, type ValkeyView, viewValkey } from '../support/valkey.ts';
import { startWholeServer } from '../support/whole-server.ts';

const url = testValkeyUrl ?? '';
const settingsOf = ({ prefix }: ValkeyView, valkeyUrl = url): SettingTexts => ({ valkeyUrl, valkeyPrefix: prefix });

/** A server whose log is kept. */
async function startLogged(settings: SettingTexts) {
	const log: string[] = [];
	const logger = pino({ level: 'info' }, { write: (line: string) => log.push(line) });
	const server = await startWholeServer({ settings, overrides: { logger } });
	return { server, log, warnings: () => log.filter((line) => JSON.parse(line).level === 40) };
}

/** Every event of the journal is in the stream as it was committed, once and in order. */
async function agreesWithJournal(valkey: ValkeyView, operator: Operator): Promise<void> {
	await vi.waitFor(
		async () => {
			const committed = await listCommitted(operator);
			const relayed = await valkey.stream();
			expect(relayed.map(({ id, type, time, agentid, data }) => ({ id, type, time, agentid, data }))).toEqual(
				committed.map(({ seq, topic, at, agentId, data }) => ({
					...{ id: String(seq), type: `dev.statecraft.${topic}`, time: at },
					...{ agentid: agentId ?? undefined, data },
				})),
			);
		},
		{ timeout: 20_000, interval: 100 },
	);
}

/** Hashes of agents and of their last runs say what the API says, and there are no others. */
async function agreesWithApi(valkey: ValkeyView, operator: Operator): Promise<void> {
	const { items } = await operator.api.agents();
	expect((await valkey.client.smembers(`${valkey.prefix}:agents`)).sort()).toEqual(items.map(({ id }) => id).sort());
	const living: string[] = [];
	for (const { id } of items) {
		// Read again, for a sign of life may have come.
		const agent = await operator.api.agent(id);
		const { error, executionState, substate, version, generation, ...rest } = agent;
		const { name, status, startedAt, completedAt, updatedAt } = rest;
		expect(await valkey.hash('agent', id)).toEqual(
			textOf({
				...{ id, name, status, startedAt, completedAt, updatedAt, state: executionState, substate },
				...{ version, generation, error: error && JSON.stringify(error) },
			}),
		);
		for (const run of await operator.runs(id)) {
			if (run.completedAt === null) living.push(run.id);
			const { version: _, ...hash } = await valkey.hash('run', run.id);
			const { agentId, pid, exitCode, signal, state } = run;
			expect(hash).toEqual(
				textOf({
					...{ id: run.id, agentId, generation: run.generation, state, pid, exitCode, signal },
					...{ startedAt: run.startedAt, completedAt: run.completedAt, error: run.error && JSON.stringify(run.error) },
				}),
			);
		}
	}
	expect((await valkey.client.smembers(`${valkey.prefix}:runs`)).sort()).toEqual(living.sort());
}

function textOf(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
	const present = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
	return Object.fromEntries(present.map(([name, value]) => [name, String(value)]));
}

describe.skipIf(!testValkeyUrl)('the server', () => {
	test('relays a story of crash, restart, kill and removal exactly as the API tells it', {
		timeout: 60_000,
	}, async () => {
		const valkey = await viewValkey();
		const server = await startWholeServer({ settings: settingsOf(valkey) });
		const { api, post } = server;
		const restart = { policy: 'permanent', backoffMs: { initial: 50, max: 100 } };
		const ada = await server.hire('ada', { restart });
		const bob = await server.hire('bob');
		const eve = await server.hire('eve');
		await post('/groups', { name: 'pair', strategy: 'one_for_one', members: ['ada', 'bob'] });
		const flow = { name: 'flow', agent: 'bob', trigger: { type: 'manual' }, template: '{{ item.body }}' };
		const workflow = await post<{ id: string }>('/workflows', flow);
		await post(`/workflows/${workflow.id}/trigger`, { title: 'by hand', body: 'say hello' });
		await server.settled((await server.ask(ada.id, 'say hi; crash')).id);
		await server.reachedAgain(ada.id, 'idle', 2);
		await server.ask(eve.id, 'permission write a file');
		await server.request(eve.id);
		await api.command(eve.id, 'kill', { reason: 'enough' });
		await api.command(bob.id, 'restart', {});
		await server.reachedAgain(bob.id, 'idle', 2);
		const doomed = await server.hire('doomed');
		await api.command(doomed.id, 'stop', {});
		await server.reached(doomed.id, 'stopped');
		await api.removeAgent(doomed.id);
		await agreesWithJournal(valkey, server);
		await agreesWithApi(valkey, server);
		expect(await valkey.hash('agent', doomed.id)).toEqual({});
		const families = new Set((await valkey.stream()).map(({ type }) => type.split('.')[2]));
		expect([...families].sort()).toEqual(
			['agent', 'dispatch', 'group', 'prompt', 'request', 'run', 'system', 'workflow'].sort(),
		);
	});

	test('kill -9 in the middle: at least once on the channels, once in the stream, no gap', {
		timeout: 90_000,
	}, async () => {
		const valkey = await viewValkey();
		const heard = await valkey.listen('events');
		const server = await startServerProcess(settingsOf(valkey));
		const restart = { policy: 'permanent' };
		const ada = await server.hire('ada', { restart, interruptedTurn: 'retry' });
		for (const text of ['say a; say b; say c', 'wait 20ms; say d', 'tool one; say e']) {
			const prompts = await Promise.all([1, 2, 3].map(() => server.ask(ada.id, text, { repeatable: true })));
			await server.begun(prompts[1]?.id ?? '');
			await server.crash();
			await server.boot();
			for (const { id } of prompts) await server.settled(id);
		}
		await agreesWithJournal(valkey, server);
		await agreesWithApi(valkey, server);
		const ids = (await valkey.stream()).map(({ id }) => id);
		const first = [...new Set(heard.map(({ event }) => event.id))];
		expect(first).toEqual(ids);
		expect(await server.shutDown()).toBe(0);
		// The end was told as well.
		expect((await valkey.stream()).some(({ type }) => type === 'dev.statecraft.system.stopping')).toBe(true);
		const [id = ''] = await valkey.client.smembers(`${valkey.prefix}:agents`);
		expect(await valkey.hash('agent', id)).toMatchObject({ state: 'stopped' });
		await server.boot();
	});

	test('works as ever while Valkey hangs, and tells all of it when it is back', async () => {
		const proxy = await startTcpProxy({ port: Number(new URL(url).port) });
		const valkey = await viewValkey();
		const { server, warnings, log } = await startLogged(settingsOf(valkey, `redis://127.0.0.1:${proxy.port}`));
		const readMetrics = async () => parseMetrics(await (await server.api.http.open('GET', '/metrics')).text());
		const ada = await server.hire('ada');
		await agreesWithJournal(valkey, server);
		proxy.freeze();
		await server.settled((await server.ask(ada.id, 'say while it hangs')).id);
		proxy.refuse(true);
		proxy.cut();
		await server.settled((await server.ask(ada.id, 'say while it is away')).id);
		await vi.waitFor(() => expect(warnings()).toHaveLength(1));
		const away = await readMetrics();
		expect(away.value('statecraft_relay_up', { relay: 'valkey' })).toBe(0);
		expect(away.value('statecraft_relay_lag_events')).toBeGreaterThan(5);
		expect(await checkValkey(server.api, {})).toMatchObject(
			[{ verdict: 'warn', finding: /cannot relay/ }].map(matching),
		);
		proxy.refuse(false);
		await agreesWithJournal(valkey, server);
		await agreesWithApi(valkey, server);
		await vi.waitFor(() => expect(log.filter((line) => line.includes('is back'))).toHaveLength(1));
		const back = await readMetrics();
		expect(back.value('statecraft_relay_up')).toBe(1);
		expect(back.value('statecraft_relay_lag_events')).toBe(0);
		expect(back.value('statecraft_relay_events_total')).toBe((await valkey.stream()).length);
		expect(await checkValkey(server.api, {})).toMatchObject(
			[{ verdict: 'ok', finding: /0 events behind/ }].map(matching),
		);
		expect(warnings()).toHaveLength(1);
		await server.shutDown();
		await proxy.close();
	});
});

describe('a Valkey that cannot be used', () => {
	test('one that is not there: the server starts, says so once and works', async () => {
		const { server, warnings } = await startLogged({ valkeyUrl: 'valkey://user:hunter2@127.0.0.1:1' });
		const ada = await server.hire('ada');
		await server.settled((await server.ask(ada.id, 'say hi')).id);
		expect(warnings()).toEqual([expect.stringMatching(/127\.0\.0\.1:1.*ECONNREFUSED/)]);
		await server.shutDown();
		expect(warnings().join()).not.toContain('hunter2');
	});

	test.skipIf(!hasServerProgram)('one with another password: said, without the password', async () => {
		const own = await startOwnValkey({ keeps: false, acl: 'relay on >right ~* &* +@all' });
		const wrong = `redis://relay:hunter2@127.0.0.1:${own.port}`;
		const { server, log, warnings } = await startLogged({ valkeyUrl: wrong });
		await server.hire('ada');
		await vi.waitFor(() => expect(warnings()).toEqual([expect.stringContaining('WRONGPASS')]));
		await server.shutDown();
		expect(log.join()).not.toMatch(/hunter2|right/);
		const nobody = { http: { open: () => Promise.reject(new Error('not there')) } } as never;
		const [check] = await checkValkey(nobody, { STATECRAFT_VALKEY_URL: wrong });
		expect(check).toMatchObject({ verdict: 'warn', finding: expect.stringMatching(/^127.*WRONGPASS/) });
		expect(JSON.stringify(check)).not.toContain('hunter2');
		const right = { STATECRAFT_VALKEY_URL: wrong.replace('hunter2', 'right') };
		expect(await checkValkey(nobody, right)).toMatchObject([{ verdict: 'ok' }]);
		expect(await checkValkey(nobody, {})).toEqual([]);
	});

	test.skipIf(!hasServerProgram)('the rights that the page asks for are enough', async () => {
		const commands =
			'+set +get +type +xinfo +xadd +publish +smembers +eval +evalsha +script +hget +hset +del +pexpireat +sadd +srem +info +ping';
		const own = await startOwnValkey({ keeps: false, acl: `relay on >right ~statecraft:* &statecraft:* ${commands}` });
		const valkey = await viewValkey(own.url, { prefix: 'statecraft' });
		const { server, warnings } = await startLogged({ valkeyUrl: `redis://relay:right@127.0.0.1:${own.port}` });
		await server.hire('ada');
		await agreesWithJournal(valkey, server);
		await agreesWithApi(valkey, server);
		expect(warnings()).toEqual([]);
	});

	test.each(['http://localhost', 'redis://', 'localhost:6379', 'redis:6379'])('%s is no URL of one', (valkeyUrl) => {
		expect(() => loadConfig({ valkeyUrl }, {})).toThrow(/STATECRAFT_VALKEY_URL: a redis:\/\//);
	});

	test.each(['redis://h', 'rediss://u:p@h:1/2', 'valkey://h', 'valkeys://h'])('%s is one', (valkeyUrl) => {
		expect(loadConfig({ valkeyUrl }, {}).valkeyUrl).toBe(valkeyUrl);
	});
});

function matching<T extends { readonly finding: RegExp }>(check: T) {
	return { ...check, finding: expect.stringMatching(check.finding) };
}

import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { createApiClient } from '../../src/cli/client.ts';
import type { EventResource, TransitionResource } from '../../src/cli/resources.ts';
import { parseBundle } from '../../src/history/bundle-format.ts';
import { replayBundle } from '../../src/history/bundle-replay.ts';
import type { comparisonResource, momentResource, overviewResource } from '../../src/history/schemas.ts';
import { inertAgentDefinition } from '../support/inert-agent-definition.ts';
import { refusalOf } from '../support/operator.ts';
import { startWholeServer, type WholeServer } from '../support/whole-server.ts';

type Moment = z.output<typeof momentResource>;
type Comparison = z.output<typeof comparisonResource>;
type Overview = z.output<typeof overviewResource>;

/** An agent that was asked for permission, answered, cancelled, and crashed once. */
async function liveOut(server: WholeServer): Promise<string> {
	const { hire, ask, request, reached, reachedAgain, settled, api } = server;
	const { id } = await hire('ada', { labels: { team: 'sk-label-secret' } });
	const prompt = await ask(id, 'say sk-prompt-secret; permission write sk-tool-secret; say done');
	const asked = await request(id);
	await api.answer(asked.id, { optionId: asked.options[0]?.optionId ?? '' });
	await settled(prompt.id);
	await ask(id, 'say last words; crash');
	await reachedAgain(id, 'idle', 2);
	await api.command(id, 'stop', { reason: 'sk-reason-secret' });
	await reached(id, 'stopped');
	return id;
}

const get = <T>({ api }: Pick<WholeServer, 'api'>, path: string) => api.http.request<T>('GET', path);

async function textOf({ api }: Pick<WholeServer, 'api'>, path: string): Promise<string> {
	const response = await api.http.open('GET', path);
	expect(response.headers.get('content-type')).toBe('application/jsonl');
	return response.text();
}

describe('the past of an agent', { timeout: 60_000 }, () => {
	test('is told at every version, as the journal and the stored snapshot have it', async () => {
		const server = await startWholeServer();
		const id = await liveOut(server);
		const { items: lines } = await server.api.transitions(id);
		const overview = await get<Overview>(server, `/agents/ada/history`);
		expect(overview).toMatchObject({ actor: `agent:${id}`, last: lines.length, differs: [], machine: { id: 'agent' } });
		expect(overview.segments.length).toBe(lines.length);
		let cursor = 0;
		for (const line of lines) {
			const moment = await get<Moment>(server, `/agents/${id}/history/${line.version}`);
			expect(moment).toMatchObject({ version: line.version, state: line.to, differs: null, last: lines.length });
			expect(moment.transition).toMatchObject({ seq: line.seq, from: line.from, trigger: line.trigger, at: line.at });
			expect(overview.segments[line.version - 1]).toMatchObject({ state: line.to });
			expect(moment.cursor).toBeGreaterThan(cursor);
			cursor = moment.cursor ?? 0;
		}
		const full = await get<Moment>(server, `/agents/${id}/history/${lines.length}?context=full`);
		const stored = await server.api.snapshot(id);
		expect(full.context).toEqual((stored.snapshot as { context: unknown }).context);
		expect([full.value, full.contextShown]).toEqual(['stopped', 'full']);
	});

	test('cuts the stream of events where the step was committed', async () => {
		const server = await startWholeServer();
		const id = await liveOut(server);
		const { items: lines } = await server.api.transitions(id);
		const { items: events } = await get<{ items: EventResource[] }>(server, `/agents/${id}/events?limit=200`);
		const versionOf = ({ data }: EventResource) => (data as { version?: number }).version;
		const steps = events.filter(({ topic }) => topic === 'agent.state.changed' || topic === 'agent.updated');
		expect(steps.map(versionOf)).toEqual(lines.map(({ version }) => version));
		for (const { version } of lines) {
			const { cursor } = await get<Moment>(server, `/agents/${id}/history/${version}`);
			const before = events.filter(({ seq }) => seq <= (cursor ?? 0));
			const after = events.filter(({ seq }) => seq > (cursor ?? 0));
			expect(
				before
					.filter((event) => steps.includes(event))
					.map(versionOf)
					.at(-1),
			).toBe(version);
			// Of the step's own events none is left over, and none of later ones is in.
			const own = before.at(-1);
			const marker = steps.find((event) => versionOf(event) === version);
			expect(own?.at).toBe(marker?.at);
			if (version < lines.length)
				expect(versionOf(after.find((event) => steps.includes(event)) as EventResource)).toBe(version + 1);
		}
		const started = events.find(({ topic }) => topic === 'prompt.started');
		const taken = lines.find(({ trigger }) => trigger === 'PromptReceived');
		const { cursor } = await get<Moment>(server, `/agents/${id}/history/${taken?.version}`);
		expect(started?.seq).toBeLessThanOrEqual(cursor ?? 0);
	});

	test('links steps to what led to them and what came of them', async () => {
		const server = await startWholeServer();
		const id = await liveOut(server);
		const { items: lines } = await server.api.transitions(id);
		const at = async (trigger: TransitionResource['trigger']) => {
			const line = lines.find((candidate) => candidate.trigger === trigger);
			return get<Moment>(server, `/agents/${id}/history/${line?.version}`);
		};
		expect((await at('Created')).cause).toMatchObject({ kind: 'created', version: null });
		const spawned = await at('Spawn');
		expect(spawned.caused?.effects).toMatchObject([{ name: 'launch', params: { generation: 1, resume: null } }]);
		expect(spawned.timers).toMatchObject([
			{ type: expect.stringContaining('startupDeadline'), setBy: spawned.version },
		]);
		const answered = await at('InputResolved');
		expect(answered.cause).toMatchObject({ kind: 'send', by: 'admin' });
		const delivered = await at('BackoffElapsed');
		expect(delivered.cause).toMatchObject({ kind: 'timer', actor: `agent:${id}` });
		const crashed = await get<Moment>(server, `/agents/${id}/history/${delivered.cause.version}`);
		expect(crashed.state).toBe('failed.backingOff');
		expect(crashed.caused?.timersSet).toMatchObject([{ id: delivered.cause.id, firedBy: delivered.version }]);
		expect(crashed.caused?.events).toContain('agent.state.changed');
		const connected = await at('Connected');
		expect(connected.caused?.messages).toMatchObject([
			{ to: 'orchestrator:main', event: { type: 'AGENT_STARTED', agentId: id } },
		]);
	});

	test('is compared between two versions', async () => {
		const server = await startWholeServer();
		const id = await liveOut(server);
		const { items: lines } = await server.api.transitions(id);
		const from = lines.find(({ to }) => to === 'idle.ready')?.version;
		const to = lines.find((line) => line.to === 'busy.awaitingInput')?.version;
		const compared = await get<Comparison>(server, `/agents/ada/history/compare?from=${from}&to=${to}`);
		expect(compared).toMatchObject({
			from: { version: from, state: 'idle.ready', differs: null },
			to: { version: to, state: 'busy.awaitingInput' },
			tagsAdded: ['needsAttention'],
			tagsRemoved: ['available'],
			contextShown: 'redacted',
		});
		const paths = compared.context?.map(({ path }) => path);
		expect(paths).toEqual(expect.arrayContaining(['turn', 'requests.0']));
		expect(JSON.stringify(compared)).not.toContain('sk-');
		const same = await get<Comparison>(server, `/agents/ada/history/compare?from=${to}&to=${to}`);
		expect(same.context).toEqual([]);
	});

	test('is exported whole, as JSON lines', async () => {
		const server = await startWholeServer();
		const id = await liveOut(server);
		const { items: lines } = await server.api.transitions(id);
		const text = await textOf(server, `/agents/ada/journal`);
		expect(
			text
				.trimEnd()
				.split('\n')
				.map((line) => JSON.parse(line)),
		).toEqual(lines);
	});

	test('is bundled without a word of anybody, and replays', async () => {
		const server = await startWholeServer();
		const id = await liveOut(server);
		const text = await textOf(server, `/agents/ada/bundle`);
		expect(replayBundle(parseBundle(text), [inertAgentDefinition])).toMatchObject({ actor: `agent:${id}`, ok: true });
		const { end, header } = parseBundle(text);
		expect(end).toMatchObject({ state: 'stopped', replay: { agreed: header.transitions, departure: null } });
		for (const secret of ['sk-', 'last words', server.sessionDirectory, server.directory, 'allow', 'ada']) {
			expect(text, secret).not.toContain(secret);
		}
	});

	test('outlives the agent', async () => {
		const server = await startWholeServer();
		const id = await liveOut(server);
		await server.api.removeAgent(id);
		expect((await get<Moment>(server, `/agents/${id}/history/1`)).state).toBe('pending');
		expect((await refusalOf(get(server, `/agents/ada/history/1`))).code).toBe('agent_not_found');
	});
});

describe('the past of others', () => {
	test('is told by address', async () => {
		const server = await startWholeServer();
		const { id } = await server.hire('ada');
		const overview = await get<Overview>(server, `/history/orchestrator:main`);
		expect(overview).toMatchObject({ machine: { id: 'orchestrator' }, differs: [] });
		const moment = await get<Moment>(server, `/history/orchestrator:main/${overview.last}`);
		expect(moment).toMatchObject({
			state: 'supervising',
			cursor: null,
			cause: { kind: 'message', actor: `agent:${id}` },
		});
		const sent = await get<Moment>(server, `/agents/${id}/history/${moment.cause.version}`);
		expect(sent.caused?.messages.map((message) => message.id)).toContain(moment.cause.id);
	});
});

describe('a question about the past that makes no sense', () => {
	test('is refused, with what would', async () => {
		const server = await startWholeServer();
		const { id } = await server.hire('ada');
		const { last } = await get<Overview>(server, `/agents/ada/history`);
		const refused = async (path: string) => refusalOf(get(server, path));
		expect(await refused(`/agents/ada/history/${last + 1}`)).toMatchObject({
			code: 'version_not_found',
			status: 404,
			expected: { from: 1, to: last },
			actual: last + 1,
		});
		expect((await refused(`/agents/ada/history/compare?from=1&to=${last + 9}`)).code).toBe('version_not_found');
		expect((await refused('/agents/ada/history/0')).code).toBe('invalid_request');
		expect((await refused('/agents/ada/history/one')).code).toBe('invalid_request');
		expect((await refused('/agents/ada/history/compare?from=1')).code).toBe('invalid_request');
		expect((await refused('/agents/bob/history/1')).code).toBe('agent_not_found');
		expect((await refused('/agents/bob/bundle')).code).toBe('agent_not_found');
		expect((await refused('/history/agent:agt_none/1')).code).toBe('actor_not_found');
		expect((await refused('/history/spaceship:1')).code).toBe('actor_not_found');
		expect((await refused('/history/nonsense')).code).toBe('actor_not_found');
		const { token } = await server.api.createToken('watcher', ['read']);
		const watcher = { api: createApiClient({ url: server.statecraft.url, token: token ?? '' }) };
		expect((await get<Moment>(watcher, `/agents/${id}/history/1`)).contextShown).toBe('redacted');
		const full = await refusalOf(get(watcher, `/agents/${id}/history/1?context=full`));
		expect(full).toMatchObject({ code: 'forbidden', expected: 'admin' });
	});
});

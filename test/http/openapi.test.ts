import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/errors.ts';
import { describeApi } from '../../src/http/openapi.ts';
import { routes } from '../../src/http/routes.ts';
import { startWorld, type World } from '../support/http-world.ts';

// biome-ignore lint/suspicious/noExplicitAny: the document is looked into at every depth.
type Document = any;

let world: World;
let document: Document;
beforeAll(async () => {
	world = await startWorld();
	document = (await world.call('GET', '/openapi.json')).body;
});
afterAll(() => world.close());

describe('the OpenAPI document', () => {
	it('is served as it is committed', async () => {
		const committed = JSON.parse(await readFile(new URL('../../src/docs/openapi.json', import.meta.url), 'utf8'));
		expect(document).toEqual(committed);
		expect(document).toEqual(JSON.parse(JSON.stringify(describeApi(routes.map(({ spec }) => spec)))));
	});

	it('has every route with its parameters, answers and errors, and ids that are unique', () => {
		const ids = new Set<string>();
		for (const { spec } of routes) {
			const operation = document.paths[spec.path]?.[spec.method];
			expect(operation, `${spec.method} ${spec.path}`).toBeDefined();
			ids.add(operation.operationId);
			const inPath = operation.parameters.filter((one: Document) => one.in === 'path');
			expect(inPath.map((one: Document) => `{${one.name}}`)).toEqual(spec.path.match(/\{\w+\}/g) ?? []);
			for (const status of Object.keys(spec.responses)) expect(operation.responses).toHaveProperty(status);
			for (const code of spec.errors ?? [])
				expect(operation.responses[catalogue[code].status].description).toContain(`\`${code}\``);
			expect(operation.security === undefined).toBe(spec.scope === 'public');
			expect(operation.requestBody === undefined).toBe(spec.body === undefined && spec.rawBody !== true);
		}
		expect(ids.size).toBe(routes.length);
	});

	it('refers to nothing that is not there, and names nothing that is not used', () => {
		const text = JSON.stringify(document);
		const used = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference));
		const named = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
		expect([...used].sort()).toEqual(named.sort());
		expect(text).not.toContain('$defs');
	});

	it('says what the schemas demand: closed objects, required fields, limits', () => {
		const { post, get } = document.paths['/agents'];
		const body = post.requestBody.content['application/json'].schema;
		expect(body).toMatchObject({ additionalProperties: false, required: ['name', 'driver', 'cwd'] });
		const limit = get.parameters.find((one: Document) => one.name === 'limit');
		expect(limit).toMatchObject({ required: false, schema: { minimum: 1, maximum: 200, default: 50 } });
		const { Agent } = document.components.schemas;
		expect(Agent.required).toContain('executionState');
		expect(document.openapi).toBe('3.1.0');
	});
});

describe('other documents', () => {
	it('offers machines, drivers and metrics', async () => {
		expect((await world.call('GET', '/machines')).body).toMatchObject({
			total: 1,
			items: [{ id: 'agent', version: 1 }],
		});
		expect((await world.call('GET', '/machines/agent')).body.definition).toEqual({ id: 'agent', states: {} });
		expect((await world.call('GET', '/drivers')).body.items).toEqual([expect.objectContaining({ kind: 'demo' })]);
		await world.createAgent('worker');
		await world.call('POST', '/agents/worker/start');
		const { body } = await world.call('GET', '/metrics');
		expect(body).toContain('statecraft_agents{state="starting"} 1');
		expect(body).toMatch(/statecraft_events_total\{topic="agent\.state\.changed"\} [1-9]/);
		expect(body).toMatch(/statecraft_http_request_seconds_count\{route="POST \/agents",status="201"\} 1/);
	});

	it('shows and repairs what was set aside, by its address in the path', async () => {
		const id = await world.createAgent('broken');
		await world.store.quarantine(`agent:${id}`, 'no such state');
		const { body } = await world.call('GET', '/quarantine');
		expect(body.items).toEqual([expect.objectContaining({ address: `agent:${id}`, reason: 'no such state' })]);
		const address = 'orchestrator:main/runner 1';
		const repaired = await world.call('POST', `/quarantine/${encodeURIComponent(address)}/retry`);
		expect(repaired.status).toBe(204);
		expect(world.fleet.repaired).toEqual([[address, 'retry']]);
	});
});

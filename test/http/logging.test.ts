import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLogger } from '../../src/http/logging.ts';
import { startWorld, type World } from '../support/http-world.ts';

let world: World;
beforeEach(async () => {
	world = await startWorld();
});
afterEach(() => world.close());

it('hides secrets in whatever is logged', () => {
	const lines: string[] = [];
	const logger = createLogger('info', { write: (line) => lines.push(line) });
	logger.info(
		{ token: 'hush-1', agent: { driver: { env: { KEY: 'hush-2' } } }, headers: { authorization: 'hush-3' } },
		'x',
	);
	logger.debug('too quiet to be logged');
	expect(lines).toHaveLength(1);
	expect(lines[0]).not.toContain('hush');
	expect(lines[0]).toContain('***');
});

it('gives each request an id, or keeps a decent one, and logs how it ended', async () => {
	const own = await world.call('GET', '/agents?limit=3');
	expect(own.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
	const kept = await world.call('GET', '/agents', { headers: { 'x-request-id': 'from-the-client' } });
	expect(kept.headers.get('x-request-id')).toBe('from-the-client');
	const odd = await world.call('GET', '/agents', { headers: { 'x-request-id': 'a "quoted" one' } });
	expect(odd.headers.get('x-request-id')).not.toContain('quoted');
	expect(world.log).toContainEqual(
		expect.objectContaining({ requestId: 'from-the-client', method: 'GET', path: '/agents', status: 200, by: 'admin' }),
	);
	expect(JSON.stringify(world.log)).not.toContain('limit=3');
});

import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startWorld } from '../support/http-world.ts';
import { tokenOf } from '../support/small-fleet.ts';
import { listen, untilTrue } from '../support/sockets.ts';

describe('a server that closes', () => {
	it('does not wait for connections without a request, kept alive or never used', async () => {
		const world = await startWorld({ settings: { shutdownGraceMs: '600000' } });
		const unused = connect(world.port, '127.0.0.1');
		await new Promise<void>((resolve) => unused.once('connect', resolve));
		const agent = new Agent({ keepAlive: true });
		await new Promise<void>((resolve) =>
			get(`${world.url}/health`, { agent }, (response) => response.resume().once('end', resolve)),
		);
		const ended = new Promise((resolve) => unused.resume().once('close', resolve));
		await world.close();
		await ended;
		agent.destroy();
	});

	it('lets a request in progress end', async () => {
		let go: () => void = () => undefined;
		let reading = false;
		const world = await startWorld({
			settings: { shutdownGraceMs: '600000' },
			wrapReads: (reads) => ({
				...reads,
				async agents(filter, page) {
					reading = true;
					await new Promise<void>((resolve) => {
						go = resolve;
					});
					return reads.agents(filter, page);
				},
			}),
		});
		const answer = world.call('GET', '/agents');
		await untilTrue(() => reading, 'the request');
		const closed = world.close();
		await expect(fetch(`${world.url}/health`)).rejects.toThrow();
		go();
		expect((await answer).status).toBe(200);
		await closed;
	});

	it("leaves agents' sockets to their owner, for the grace period", async () => {
		const world = await startWorld({ settings: { shutdownGraceMs: '50' } });
		const id = await world.createAgent('dialler', { driver: { kind: 'acp', transport: 'websocket' } });
		const agent = listen(`ws://127.0.0.1:${world.port}/ws/${id}?token=${tokenOf(id)}`);
		await untilTrue(() => world.fleet.sockets.length === 1, 'the agent');
		await world.close();
		expect(await agent.closed).toBe(1006);
	});

	it('may close twice, and without ever having listened', async () => {
		const world = await startWorld();
		await world.close();
		await world.close();
	});
});

describe('a server that starts', () => {
	it('says that its port is taken', async () => {
		const world = await startWorld();
		await expect(startWorld({ port: world.port })).rejects.toMatchObject({
			code: 'invalid_configuration',
			message: expect.stringContaining(`127.0.0.1:${world.port}`),
		});
		await world.close();
	});
});

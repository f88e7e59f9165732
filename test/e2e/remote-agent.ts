/** An agent that dials in through `statecraft connect`, as its own process, over a wire that can be cut. */

import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type CliRun, createCliWorld } from '../cli/cli-process.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

export interface RemoteAgent {
	readonly id: string;
	readonly wire: TcpProxy;
	/** Where it dials, over the wire. */
	readonly url: string;
	/** Runs `statecraft connect` with a program, by default the demo agent; ended with the test at the latest. */
	connect(options?: ConnectOptions): CliRun;
}

export interface ConnectOptions {
	readonly url?: string;
	readonly command?: readonly string[];
	readonly flags?: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
}

/** The demo agent as it was built. */
export const demoAgent = fileURLToPath(new URL('../../dist/src/agents/demo/main.js', import.meta.url));

export async function createRemoteAgent(
	server: ServerProcess,
	body: Readonly<Record<string, unknown>> = {},
): Promise<RemoteAgent> {
	const driver = { kind: 'acp', transport: 'websocket' };
	const { id, connect } = await server.create('remote', { driver, ...body });
	const wire = await startTcpProxy({ port: Number(new URL(server.url).port) });
	const cli = createCliWorld({ STATECRAFT_DEMO_DIR: server.sessionDirectory });
	onTestFinished(async () => {
		await cli.close();
		await wire.close();
	});
	const url = overWire(connect?.url ?? '', wire);
	return {
		id,
		wire,
		url,
		connect: ({ url: other = url, command = [process.execPath, demoAgent], flags = [], env = {} } = {}) =>
			cli.start(['connect', other, ...flags, '--', ...command], env),
	};
}

/** The same address, over the wire. */
export function overWire(address: string, { port }: TcpProxy): string {
	const url = new URL(address);
	url.port = String(port);
	return url.href;
}

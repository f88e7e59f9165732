/** A real Valkey or Redis for tests, named by `STATECRAFT_TEST_VALKEY_URL`: each test has a prefix of its own there. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { onTestFinished, vi } from 'vitest';

export const testValkeyUrl = process.env.STATECRAFT_TEST_VALKEY_URL;

/** Whether a test can start a server of its own, to kill it. */
export const hasServerProgram = findServerProgram() !== undefined;

export interface CloudEvent {
	readonly specversion: string;
	readonly id: string;
	readonly source: string;
	readonly type: string;
	readonly time: string;
	readonly subject?: string;
	readonly agentid?: string;
	readonly datacontenttype: string;
	readonly data: Readonly<Record<string, unknown>>;
}

export interface ValkeyView {
	readonly client: Redis;
	readonly prefix: string;
	/** What the stream holds, oldest first. */
	stream(): Promise<readonly CloudEvent[]>;
	/** Numbers of these events. */
	seqs(): Promise<readonly number[]>;
	hash(kind: 'agent' | 'run', id: string): Promise<Readonly<Record<string, string>>>;
	/** Keeps what is heard on channels that match. */
	listen(pattern: string): Promise<ReadonlyArray<{ readonly channel: string; readonly event: CloudEvent }>>;
}

/** Looks at one prefix, which is emptied after the test. */
export async function viewValkey(url = testValkeyUrl ?? '', options: { prefix?: string } = {}): Promise<ValkeyView> {
	const prefix = options.prefix ?? `statecraft-test-${randomBytes(6).toString('hex')}`;
	const client = connect(url);
	onTestFinished(async () => {
		await client.connect().catch(() => undefined);
		if (client.status === 'ready') await removeKeys(client, `${prefix}:*`);
		client.disconnect();
	});
	const stream = async () => {
		const entries = await client.xrange(`${prefix}:events`, '-', '+');
		return entries.map(([, [, json = '']]) => JSON.parse(json) as CloudEvent);
	};
	return {
		client,
		prefix,
		stream,
		seqs: async () => (await stream()).map(({ id }) => Number(id)),
		hash: (kind, id) => client.hgetall(`${prefix}:${kind}:${id}`),
		async listen(pattern) {
			const heard: Array<{ readonly channel: string; readonly event: CloudEvent }> = [];
			const listener = connect(url);
			onTestFinished(() => listener.disconnect());
			listener.on('pmessage', (_, channel, json) => heard.push({ channel, event: JSON.parse(json) }));
			await listener.psubscribe(`${prefix}:${pattern}`);
			return heard;
		},
	};
}

export interface OwnValkey {
	readonly url: string;
	readonly port: number;
	/** `kill -9`. */
	kill(): Promise<void>;
	/** On the same port; with what it had written to disk, if it keeps anything. */
	start(): Promise<void>;
}

/** A server of the test's own on a free port; `keeps` says whether it writes to disk, `acl` who may do what. */
export async function startOwnValkey(options: { readonly keeps: boolean; readonly acl?: string }): Promise<OwnValkey> {
	const { keeps, acl } = options;
	const port = await findFreePort();
	const directory = mkdtempSync(join(tmpdir(), 'statecraft-valkey-'));
	let child: ChildProcess | undefined;

	async function start(): Promise<void> {
		const files = ['--dir', directory, '--save', '', '--appendonly', keeps ? 'yes' : 'no'];
		const users = acl === undefined ? [] : ['--user', ...acl.split(' ')];
		child = spawn(findServerProgram() ?? '', ['--port', String(port), '--bind', '127.0.0.1', ...files, ...users], {
			stdio: 'ignore',
		});
		const client = connect(`redis://127.0.0.1:${port}`);
		await vi.waitFor(() => client.ping(), { timeout: 10_000 });
		client.disconnect();
	}

	async function kill(): Promise<void> {
		if (!child || child.exitCode !== null || child.signalCode !== null) return;
		child.kill('SIGKILL');
		await once(child, 'exit');
	}

	onTestFinished(async () => {
		await kill();
		rmSync(directory, { recursive: true });
	});
	await start();
	return { url: `redis://127.0.0.1:${port}`, port, kill, start };
}

function connect(url: string): Redis {
	const client = new Redis(url, { lazyConnect: true, retryStrategy: () => 50, maxRetriesPerRequest: null });
	client.on('error', () => undefined);
	return client;
}

async function removeKeys(client: Redis, pattern: string): Promise<void> {
	for await (const keys of client.scanStream({ match: pattern, count: 1_000 })) {
		if (keys.length > 0) await client.unlink(keys as string[]);
	}
}

function findServerProgram(): string | undefined {
	return ['valkey-server', 'redis-server'].find((program) => {
		try {
			execFileSync(program, ['--version'], { stdio: 'ignore' });
			return true;
		} catch {
			// Not here.
			return false;
		}
	});
}

async function findFreePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	server.close();
	await once(server, 'close');
	return typeof address === 'object' && address ? address.port : 0;
}

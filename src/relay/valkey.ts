/**
 * A connection to Valkey or Redis that lives once: when it is lost, whoever uses it opens another. It never
 * queues what cannot be sent, and nothing it says holds the password.
 */

import { Redis } from 'ioredis';

export type Command = readonly [name: string, ...args: ReadonlyArray<string | number>];

/** What a command came to; `obstacle` says which key is in the way, and that others may go on. */
export interface Answer {
	readonly value: unknown;
	readonly obstacle: string | null;
}

export interface Valkey {
	/**
	 * Carries out the commands in order, in one round trip. Rejects when the connection is lost, or when a
	 * command is refused for a reason that is not its key's.
	 */
	run(commands: readonly Command[]): Promise<readonly Answer[]>;
	/** Ends it at once. */
	close(): void;
}

/** Something that trying again will not mend: a person has to. */
export class RelayObstacle extends Error {}

export interface ValkeyOptions {
	/** Told once when the connection is gone, whoever ended it. */
	readonly onLost: () => void;
	readonly signal: AbortSignal;
	/** How long connecting, and each command, may take. */
	readonly timeoutMs: number;
}

/** Opens it; rejects with a reason that names neither user nor password. */
export async function openValkey(url: string, { onLost, signal, timeoutMs }: ValkeyOptions): Promise<Valkey> {
	signal.throwIfAborted();
	const client = createClient(url, timeoutMs);
	let reason: Error | undefined;
	// The reason is told here alone; what `connect` rejects with says only that it is closed.
	client.on('error', (error: Error) => {
		reason ??= error;
	});
	client.once('end', onLost);
	const close = () => client.disconnect();
	signal.addEventListener('abort', close, { once: true });
	client.once('end', () => signal.removeEventListener('abort', close));
	try {
		await client.connect();
	} catch (thrown) {
		close();
		throw describe(reason ?? thrown);
	}
	return {
		async run(commands) {
			const answers = await client.pipeline(commands.map((command) => [...command])).exec();
			if (answers?.length !== commands.length) throw new Error('the connection was lost');
			return answers.map(([error, value]) => toAnswer(error, value));
		},
		close,
	};
}

/** Where it is, for people: without user and password. */
export function describePlace(url: string): string {
	const { hostname, port } = new URL(url);
	return `${hostname}:${port || 6379}`;
}

/** Asks whether it answers; rejects with why not. */
export async function pingValkey(url: string, timeoutMs: number): Promise<void> {
	const valkey = await openValkey(url, { onLost: () => {}, signal: new AbortController().signal, timeoutMs });
	try {
		await valkey.run([['ping']]);
	} finally {
		valkey.close();
	}
}

function createClient(url: string, timeoutMs: number): Redis {
	const client = new Redis(url.replace(/^valkey/, 'redis'), {
		lazyConnect: true,
		retryStrategy: () => null,
		enableOfflineQueue: false,
		autoResendUnfulfilledCommands: false,
		connectTimeout: timeoutMs,
		commandTimeout: timeoutMs,
		// Whoever ends a connection is done with it, whether the other end says goodbye or not.
		disconnectTimeout: 100,
		connectionName: 'statecraft',
	});
	client.defineCommand('putMirrored', { numberOfKeys: 2, lua: putMirrored });
	client.defineCommand('dropMirrored', { numberOfKeys: 2, lua: dropMirrored });
	return client;
}

/**
 * A hash as it is now, unless a newer one is there: hash, index; id, version, when it expires (epoch ms; 0
 * while it lives), fields. The index holds the ids of those that live.
 */
const putMirrored = `
local function stranger(key, kind)
	local found = redis.call('TYPE', key).ok
	if found ~= 'none' and found ~= kind then
		return redis.error_reply('WRONGTYPE the key ' .. key .. ' holds a ' .. found .. ' where a ' .. kind .. ' belongs')
	end
end
local hash, index, id, version, expires = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2]), ARGV[3]
local problem = stranger(hash, 'hash')
if problem then return problem end
local known = tonumber(redis.call('HGET', hash, 'version') or '')
if known and known > version then return 0 end
redis.call('DEL', hash)
redis.call('HSET', hash, unpack(ARGV, 4))
if expires ~= '0' then redis.call('PEXPIREAT', hash, expires) end
problem = stranger(index, 'set')
if problem then return problem end
redis.call(expires == '0' and 'SADD' or 'SREM', index, id)
return 1`;

const dropMirrored = `
redis.call('DEL', KEYS[1])
if redis.call('TYPE', KEYS[2]).ok == 'set' then redis.call('SREM', KEYS[2], ARGV[1]) end
return 1`;

function toAnswer(error: Error | null, value: unknown): Answer {
	if (error === null) return { value, obstacle: null };
	// An entry that the stream holds already: another relay, or this one in an earlier life, was here before.
	if (error.message.includes('equal or smaller')) return { value: null, obstacle: null };
	if (error.message.includes('WRONGTYPE')) return { value: null, obstacle: error.message };
	throw describe(error);
}

/** A new error, for that of the client carries the command that failed with all its arguments: a password, too. */
function describe(thrown: unknown): Error {
	const { message, code } = thrown as { readonly message?: string; readonly code?: string };
	const text = message || code || 'it does not answer';
	return /^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH|ERR invalid password|ERR DB index)/.test(text)
		? new RelayObstacle(text)
		: new Error(text);
}

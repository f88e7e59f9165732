import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packageRoot } from '../../src/package.ts';
import { acquireLock, type Lock } from '../../src/store/lock.ts';
import { readLockInfo } from '../../src/store/lock-info.ts';

/** The compiled module: plain Node runs no TypeScript. `npm test` builds first. */
const lockModule = join(packageRoot, 'dist', 'src', 'store', 'lock.js');

/** Takes the lock, says so with one line, and holds it until its input ends or it is killed. */
const holderScript = `
const { acquireLock } = await import(process.argv[1]);
try {
	const lock = acquireLock(process.argv[2]);
	lock.update({ address: '127.0.0.1:4700' });
	process.stdout.write('held\\n');
	process.stdin.resume().on('end', () => { lock.release(); });
} catch (error) {
	process.stdout.write(error.code + ' ' + error.message + '\\n');
}`;

let dataDir: string;
let locks: Lock[];
let children: ChildProcess[];
beforeEach(() => {
	dataDir = join(mkdtempSync(join(tmpdir(), 'statecraft-lock-')), 'data');
	locks = [];
	children = [];
});
afterEach(async () => {
	for (const lock of locks) lock.release();
	for (const child of children) await end(child, 'SIGKILL');
	rmSync(join(dataDir, '..'), { recursive: true, force: true });
});

function acquire(): Lock {
	const lock = acquireLock(dataDir);
	locks.push(lock);
	return lock;
}

/** Starts another process that takes the lock, and answers what it says. */
async function startHolder(): Promise<{ readonly child: ChildProcess; readonly said: string }> {
	const child = spawn(process.execPath, ['--input-type=module', '-e', holderScript, lockModule, dataDir], {
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	children.push(child);
	if (child.stdout === null) throw new Error('The child has no output');
	const [said] = await once(createInterface({ input: child.stdout }), 'line');
	return { child, said: String(said) };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const ended = once(child, 'exit');
	child.kill(signal);
	await ended;
}

test('a second lock in the same process is refused and names the holder', () => {
	acquire().update({ address: '127.0.0.1:4700' });
	expect(acquire).toThrow(
		expect.objectContaining({
			code: 'store_locked',
			message: expect.stringMatching(
				new RegExp(`process ${process.pid} on .+, listening on 127\\.0\\.0\\.1:4700, started 20`),
			),
		}),
	);
});

test('another process is refused and told who holds the directory', async () => {
	acquire();
	const { said } = await startHolder();
	expect(said).toMatch(new RegExp(`^store_locked .* process ${process.pid} on `));
});

test('a directory held by another process is refused until that one is killed, then taken without clean-up', async () => {
	const { child, said } = await startHolder();
	expect(said).toBe('held');
	expect(acquire).toThrow(
		expect.objectContaining({ code: 'store_locked', message: expect.stringContaining(`process ${child.pid}`) }),
	);
	await end(child, 'SIGKILL');
	expect(readLockInfo(dataDir)?.pid).toBe(child.pid);
	acquire();
	expect(readLockInfo(dataDir)).toMatchObject({ pid: process.pid, address: null });
});

test('a holder that releases leaves the directory free and nothing of itself to read', async () => {
	const { child } = await startHolder();
	const ended = once(child, 'exit');
	child.stdin?.end();
	await ended;
	expect(readLockInfo(dataDir)).toBeUndefined();
	acquire();
});

test('a released lock may be released and updated again without effect on the next holder', () => {
	const first = acquire();
	first.release();
	acquire().update({ address: '127.0.0.1:1' });
	first.release();
	first.update({ address: '127.0.0.1:2' });
	expect(readLockInfo(dataDir)?.address).toBe('127.0.0.1:1');
});

test('a lock file left behind that names a living process does not keep anybody out', () => {
	acquire().release();
	writeFileSync(
		join(dataDir, 'lock.json'),
		JSON.stringify({ pid: process.ppid, host: 'here', address: null, startedAt: 0 }),
	);
	acquire();
	expect(readLockInfo(dataDir)?.pid).toBe(process.pid);
});

test('a data directory that cannot be made is unavailable, not locked', () => {
	writeFileSync(join(dataDir, '..', 'file'), '');
	expect(() => acquireLock(join(dataDir, '..', 'file', 'data'))).toThrow(
		expect.objectContaining({ code: 'store_unavailable' }),
	);
});

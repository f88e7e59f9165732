import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createFrameReader, createTemporaryDirectory, launch, launchScript } from '../../support/scripted-process.ts';

afterEach(() => {
	vi.unstubAllEnvs();
});

/** Runs until told otherwise, whatever happens to its pipes. */
const stay = 'setInterval(() => {}, 1e6);';

describe('frames', () => {
	test('a character split across two writes stays whole', async () => {
		const agent = await launchScript(`
			const bytes = Buffer.from('naïve 🦉\\r\\n\\nlast');
			process.stdout.write(bytes.subarray(0, 9));
			process.stdin.once('data', () => { process.stdout.write(bytes.subarray(9)); process.exit(); });
		`);
		const reader = createFrameReader(agent);
		await agent.transport.send('go');

		expect(await reader.next()).toBe('naïve 🦉');
		expect(await reader.next()).toBe('last');
		expect(await reader.next()).toBeUndefined();
	});

	test('a line that is too long is told in short, and the next one is whole', async () => {
		const agent = await launchScript(`process.stdout.write('x'.repeat(9 * 1024 * 1024) + '\\n{"next":1}\\n');`);
		const reader = createFrameReader(agent);

		const tooLong = await reader.next();
		expect(tooLong).toMatch(/^x{1024}… \[9437184 bytes, more than 8388608: dropped\]$/);
		expect(await reader.next()).toBe('{"next":1}');
	});

	test('a frame that was sent is a line on stdin', async () => {
		const agent = await launchScript('process.stdin.pipe(process.stdout);');
		await agent.transport.send('{"a":"ü"}');

		expect(await createFrameReader(agent).next()).toBe('{"a":"ü"}');
	});
});

test('a frame is taken only when the agent reads it', async () => {
	const agent = await launchScript(`
		process.on('SIGUSR2', () => process.stdin.on('data', () => {}));
		console.log('up');
		${stay}
	`);
	let isTaken = false;
	const sent = agent.transport.send('x'.repeat(4 * 1024 * 1024)).then(() => {
		isTaken = true;
	});
	expect(await createFrameReader(agent).next()).toBe('up');
	expect(isTaken).toBe(false);

	process.kill(agent.pid, 'SIGUSR2');
	await sent;
});

describe('stderr', () => {
	test('is told line by line, and its last 4 KiB are kept', async () => {
		const lines: string[] = [];
		const source = `for (let i = 0; i < 1000; i++) console.error('line ' + i); process.exitCode = 3;`;
		const agent = await launchScript(source, { onStderr: (line) => lines.push(line) });
		const closure = await agent.transport.closed;

		expect(lines).toHaveLength(1000);
		expect(closure).toMatchObject({ expected: false, reason: 'exit code 3', exitCode: 3, signal: null });
		expect(Buffer.byteLength(closure.stderrTail)).toBe(4096);
		expect(closure.stderrTail.endsWith('line 998\nline 999\n')).toBe(true);
	});
});

describe('the environment', () => {
	test('is what is listed, what the agent names, and the marker: never the token', async () => {
		vi.stubEnv('UNLISTED_SETTING', 'secret');
		vi.stubEnv('STATECRAFT_TOKEN', 'secret');
		vi.stubEnv('ANTHROPIC_API_KEY', 'key');
		vi.stubEnv('LC_TIME', 'C');
		vi.stubEnv('CLAUDE_CODE_ENTRYPOINT', 'cli');
		const agent = await launch({
			args: ['-e', 'console.log(JSON.stringify(process.env))'],
			env: { OWN: '1', STATECRAFT_TOKEN: 'secret', STATECRAFT_AGENT: 'disguised' },
			marker: { instance: 'ins_1', agentId: 'agt_1', generation: 7 },
		});
		const env = JSON.parse((await createFrameReader(agent).next()) ?? '') as Record<string, string>;

		expect(env).toMatchObject({ OWN: '1', ANTHROPIC_API_KEY: 'key', LC_TIME: 'C', PATH: process.env.PATH });
		expect(env).toMatchObject({ STATECRAFT_INSTANCE: 'ins_1', STATECRAFT_AGENT: 'agt_1', STATECRAFT_GENERATION: '7' });
		expect(Object.values(env)).not.toContain('secret');
		expect(env).not.toHaveProperty('CLAUDE_CODE_ENTRYPOINT');
	});
});

describe('a launch that cannot succeed', () => {
	test('says that the command was not found', async () => {
		await expect(launch({ command: 'statecraft-no-such-program' })).rejects.toMatchObject({
			code: 'command_not_found',
		});
	});

	test('says that the working directory does not exist, though spawn has the same error for both', async () => {
		const cwd = join(await createTemporaryDirectory(), 'missing');

		await expect(launch({ cwd })).rejects.toMatchObject({ code: 'cwd_not_found' });
	});

	test('says that the command may not be executed', async () => {
		const command = join(await createTemporaryDirectory(), 'program');
		await writeFile(command, '#!/bin/sh\n');
		await chmod(command, 0o644);

		await expect(launch({ command })).rejects.toMatchObject({ code: 'spawn_failed' });
	});
});

describe('the end of a process', () => {
	test('rejects what is sent after it', async () => {
		const agent = await launchScript('process.exit(0)');
		await agent.transport.closed;

		await expect(agent.transport.send('too late')).rejects.toMatchObject({ code: 'connection_lost' });
	});

	test('is told although nobody reads its frames', async () => {
		const agent = await launchScript(`process.stdout.write('x\\n'.repeat(10_000)); process.exit(4);`);

		expect(await agent.transport.closed).toMatchObject({ exitCode: 4 });
	});

	test('is brought about when it closes its stdout and stays', async () => {
		const agent = await launchScript(`require('node:fs').closeSync(1); ${stay}`);

		expect(await createFrameReader(agent).next()).toBeUndefined();
		expect(await agent.transport.closed).toMatchObject({ expected: false, reason: 'closed its pipes and stayed' });
	});

	test('is told although a descendant that left the group holds its pipes open', async () => {
		const agent = await launchScript(`
			const { spawn } = require('node:child_process');
			const child = spawn(process.execPath, ['-e', '${stay}'], { detached: true, stdio: ['ignore', 1, 2] });
			console.log(child.pid);
			process.exit(5);
		`);
		const reader = createFrameReader(agent);
		const descendant = Number(await reader.next());
		onTestFinished(() => void process.kill(descendant, 'SIGKILL'));
		const rest = reader.next();

		expect(await agent.transport.closed).toMatchObject({ exitCode: 5 });
		expect(await rest).toBeUndefined();
	});
});

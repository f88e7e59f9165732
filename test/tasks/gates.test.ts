/** Gates: real processes in a directory of the test. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createGateRunner } from '../../src/tasks/gates.ts';
import type { Gate } from '../../src/tasks/views.ts';

const runner = createGateRunner('gates-test');

function openDirectory(): string {
	const directory = mkdtempSync(join(tmpdir(), 'statecraft-gates-'));
	onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
	return directory;
}

function run(directory: string, gates: readonly Gate[], signal = new AbortController().signal) {
	return runner.run('tsk_1', directory, gates, signal);
}

const node = (name: string, script: string, extra: Partial<Gate> = {}): Gate => ({
	name,
	command: process.execPath,
	args: ['-e', script],
	...extra,
});

async function isGone(pidFile: string): Promise<boolean> {
	const pid = Number(readFileSync(pidFile, 'utf8'));
	for (;;) {
		try {
			process.kill(pid, 0);
			// A zombie until its new parent has looked.
			if (readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')) return true;
		} catch {
			return true;
		}
		await new Promise((resolve) => setImmediate(resolve));
	}
}

describe('[TA18] gates', () => {
	test('all run, and tell what they printed and how they ended', async () => {
		const directory = openDirectory();
		writeFileSync(join(directory, 'here'), '');
		const results = await run(directory, [
			node('bad', 'console.log("out"); console.error("err"); process.exit(3)'),
			{ name: 'good', command: 'test', args: ['-f', 'here'] },
			{ name: 'missing', command: 'no-such-program-anywhere', args: [] },
		]);
		expect(results).toMatchObject([
			{ name: 'bad', passed: false, exitCode: 3, output: expect.stringMatching(/out\n[\s\S]*err\n|err\n[\s\S]*out\n/) },
			{ name: 'good', passed: true, exitCode: 0, output: '' },
			{ name: 'missing', passed: false, exitCode: null, output: expect.stringContaining('could not be started') },
		]);
	});

	test('are read by no shell', async () => {
		const directory = openDirectory();
		const [result] = await run(directory, [{ name: 'echo', command: 'echo', args: ['$HOME; touch made', '`id`'] }]);
		expect([result?.output, existsSync(join(directory, 'made'))]).toEqual(['$HOME; touch made `id`\n', false]);
	});

	test('inherit what agents do, and no secret of ours', async () => {
		process.env.STATECRAFT_TOKEN = 'secret-of-ours';
		process.env.SOME_OTHER_SECRET = 'secret-of-theirs';
		const [result] = await run(openDirectory(), [{ name: 'env', command: 'env', args: [] }]);
		delete process.env.STATECRAFT_TOKEN;
		delete process.env.SOME_OTHER_SECRET;
		expect(result?.output).toContain('STATECRAFT_AGENT=tsk_1');
		expect(result?.output).not.toMatch(/secret-of/);
	});

	test('keep the end of what they printed', async () => {
		const [result] = await run(openDirectory(), [node('loud', 'console.log("x".repeat(100000) + "the end")')]);
		expect(result?.output).toMatch(/^… 83624 bytes before this\nx+the end\n$/);
	});

	test('that take too long are ended with all they started', async () => {
		const directory = openDirectory();
		const script = `
			const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
			require('node:fs').writeFileSync('pid', String(child.pid));
			setInterval(() => {}, 1000)`;
		const [result] = await run(directory, [node('slow', script, { timeoutSeconds: 1 })]);
		expect(result).toMatchObject({
			passed: false,
			exitCode: null,
			output: expect.stringContaining('more than 1 seconds'),
		});
		expect(await isGone(join(directory, 'pid'))).toBe(true);
	});

	test('take with them what they leave behind', async () => {
		const directory = openDirectory();
		const script = `
			const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
			require('node:fs').writeFileSync('pid', String(child.pid));
			process.exit(0)`;
		expect(await run(directory, [node('leaky', script)])).toMatchObject([{ passed: true }]);
		expect(await isGone(join(directory, 'pid'))).toBe(true);
	});

	test('are ended when they are told to', async () => {
		const directory = openDirectory();
		const stop = new AbortController();
		const running = run(directory, [node('slow', 'setInterval(() => {}, 1000)'), node('next', '')], stop.signal);
		setImmediate(() => stop.abort(new Error('enough')));
		await expect(running).rejects.toThrow('enough');
	});
});

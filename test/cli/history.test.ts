import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TransitionResource } from '../../src/cli/resources.ts';
import { startWholeServer, type WholeServer } from '../support/whole-server.ts';
import { type CliWorld, createCliWorld } from './cli-process.ts';

let cli: CliWorld;

beforeEach(() => {
	cli = createCliWorld();
});

afterEach(() => cli.close());

/** A server with an agent that has worked and was stopped; commands find it by the environment. */
async function begin(): Promise<{
	server: WholeServer;
	id: string;
	run: (...args: readonly string[]) => ReturnType<CliWorld['run']>;
}> {
	const server = await startWholeServer();
	const { id } = await server.hire('ada');
	const { id: promptId } = await server.ask(id, 'say sk-prompt-secret');
	await server.settled(promptId);
	await server.api.command(id, 'stop', { reason: 'sk-reason-secret' });
	await server.reached(id, 'stopped');
	const { url, token } = server.statecraft;
	const environment = { STATECRAFT_URL: url, STATECRAFT_TOKEN: token };
	return { server, id, run: (...args) => cli.run(['history', ...args], '', environment) };
}

describe('history --at', { timeout: 60_000 }, () => {
	test('shows what it was, why, and what came of it', async () => {
		const { server, id, run } = await begin();
		const { items: lines } = await server.api.transitions(id);
		const prompted = lines.find(({ trigger }) => trigger === 'PromptReceived')?.version ?? 0;
		const { stdout, code } = await run('ada', '--at', String(prompted));
		expect(code).toBe(0);
		expect(stdout).toMatch(new RegExp(`version +${prompted} of ${lines.length}`));
		expect(stdout).toMatch(/state +idle.ready -> busy.working/);
		expect(stdout).toMatch(/cause +send/);
		expect(stdout).toMatch(/effect deliverPrompt \{"generation":1,"promptId":"pmt_/);
		expect(stdout).toMatch(/event prompt.started/);
		const stopped = await run('ada', '--at', String(lines.length));
		expect(stopped.stdout).toContain('[redacted]');
		expect(stopped.stdout).not.toContain('sk-reason-secret');
		expect((await run('ada', '--at', String(lines.length), '--full')).stdout).toContain('sk-reason-secret');
		expect((await run('ada', '--at', '1', '--json')).json()).toMatchObject({
			version: 1,
			state: 'pending',
			differs: null,
		});
	});

	test('and --diff say what is wrong with a version', async () => {
		const { run } = await begin();
		const unknown = await run('ada', '--at', '999', '--json');
		expect([unknown.code, unknown.error()]).toMatchObject([1, { code: 'version_not_found', actual: 999 }]);
		for (const args of [
			['--at', '0'],
			['--at', 'x'],
			['--diff', '3'],
			['--diff', '0..2'],
			['--at', '1', '--jsonl'],
			[],
		]) {
			const wrong = await run(...(args.length === 0 ? [] : ['ada']), ...args);
			expect([wrong.code, wrong.stdout], args.join(' ')).toEqual([2, '']);
		}
		expect((await run('--at', '1')).stderr).toContain("missing required argument 'actor'");
	});
});

describe('history --diff', { timeout: 60_000 }, () => {
	test('shows what was different', async () => {
		const { run } = await begin();
		const { stdout } = await run('ada', '--diff', '1..3');
		expect(stdout).toMatch(/state +pending -> (starting|idle)/);
		expect(stdout).toMatch(/~ generation {2}0 -> 1/);
		expect((await run('ada', '--diff', '1..1', '--json')).json()).toMatchObject({ context: [], tagsAdded: [] });
	});
});

describe('history --jsonl', { timeout: 60_000 }, () => {
	test('writes the whole journal, also of what is no agent', async () => {
		const { server, id, run } = await begin();
		const { items } = await server.api.transitions(id);
		expect((await run('ada', '--jsonl')).lines()).toEqual(items);
		const others = (await run('orchestrator:main', '--jsonl')).lines() as unknown as TransitionResource[];
		expect(others[0]).toMatchObject({ actor: 'orchestrator:main', version: 1 });
		expect((await run('orchestrator:main', '--json')).json()).toEqual({ ...page(others), items: others });
	});
});

function page(items: readonly unknown[]) {
	return { total: items.length, limit: items.length, offset: 0 };
}

describe('history --bundle', { timeout: 60_000 }, () => {
	test('writes a file that replays where there is no server', async () => {
		const { server, run } = await begin();
		const { stdout, code } = await run('ada', '--bundle');
		expect([code, stdout]).toMatchObject([
			0,
			expect.stringMatching(/^ada\.bundle\.jsonl: \d+ transitions, .*it replays\n$/),
		]);
		const file = join(cli.directory, 'ada.bundle.jsonl');
		const text = readFileSync(file, 'utf8');
		expect(text).not.toContain('sk-');
		await server.shutDown();

		const alone = await cli.run(['history', '--replay', 'ada.bundle.jsonl']);
		expect([alone.code, alone.stderr, alone.stdout]).toMatchObject([
			0,
			'',
			expect.stringMatching(/all \d+ steps agree/),
		]);
		expect((await cli.run(['history', '--replay', file, '--json'])).json()).toMatchObject({
			ok: true,
			machineId: 'agent',
		});

		const bent = join(cli.directory, 'bent.jsonl');
		writeFileSync(bent, text.replace(/"to":"starting"/, '"to":"stopped"'));
		const differing = await cli.run(['history', '--replay', bent]);
		expect([differing.code, differing.stderr]).toEqual([1, '']);
		expect(differing.stdout).toMatch(/it leads to starting, where the journal says stopped/);
		expect(differing.stdout).toMatch(/1 steps agree, 1 do not, \d+ after them cannot be judged/);

		writeFileSync(bent, text.split('\n').slice(0, -2).join('\n'));
		const cut = await cli.run(['history', '--replay', bent]);
		expect([cut.code, cut.stdout]).toMatchObject([1, expect.stringContaining('the rest is missing')]);
	});

	test('writes to stdout, or to the file that is named', async () => {
		const { run } = await begin();
		expect((await run('ada', '--bundle', '-')).lines()[0]).toMatchObject({ type: 'header', format: 1 });
		const written = (await run('ada', '--bundle', 'bug.jsonl', '--json')).json();
		expect(written).toMatchObject({ file: 'bug.jsonl', replay: { departure: null } });
		expect(JSON.parse(readFileSync(join(cli.directory, 'bug.jsonl'), 'utf8').split('\n')[0] ?? '')).toMatchObject({
			type: 'header',
			transitions: written.transitions,
		});
		const nowhere = await run('ada', '--bundle', 'no/such/folder.jsonl');
		expect([nowhere.code, nowhere.stderr]).toMatchObject([2, expect.stringContaining('no/such/folder.jsonl')]);
	});
});

describe('history --replay', () => {
	test('of what is no bundle says so', async () => {
		writeFileSync(join(cli.directory, 'notes.txt'), 'hello\n');
		const { code, error } = await cli.run(['history', '--replay', 'notes.txt', '--json']);
		expect([code, error()]).toMatchObject([1, { code: 'bundle_invalid', detail: expect.stringContaining('Line 1') }]);
		expect((await cli.run(['history', '--replay', 'nothing.jsonl'])).stderr).toContain('nothing.jsonl cannot be read');
		expect((await cli.run(['history', 'ada', '--replay', 'notes.txt'])).code).toBe(2);
	});
});

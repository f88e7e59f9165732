import { describe, expect, test } from 'vitest';
import { listDefinitions } from '../../src/durable/definition.ts';
import { StatecraftError } from '../../src/errors.ts';
import { type BundleLine, parseBundle } from '../../src/history/bundle-format.ts';
import { replayBundle } from '../../src/history/bundle-replay.ts';
import { createHistory, type History } from '../../src/history/history.ts';
import { redactReason } from '../../src/history/quarantine-reason.ts';
import { createPseudonyms } from '../../src/history/redaction.ts';
import { replayJournal } from '../../src/history/replay.ts';
import { checkLeaksAfterEach } from '../support/durable-world.ts';
import { inertAgentDefinition } from '../support/inert-agent-definition.ts';
import { createMemoryReads } from '../support/memory-reads.ts';
import { agentOfAnotherRelease } from './other-release.ts';
import { allDefinitions, liveAtRandom, type RandomWorld } from './random-lives.ts';

checkLeaksAfterEach();

const seeds = process.env.SEED === undefined ? [11, 12, 13] : [Number(process.env.SEED)];
const everyDefinition = allDefinitions.flatMap(listDefinitions);

function openHistory({ world }: RandomWorld, definitions = allDefinitions): History {
	return createHistory({ definitions, reads: createMemoryReads(world.disk), clock: world.clock });
}

async function readText(lines: AsyncIterable<BundleLine>): Promise<string> {
	let text = '';
	for await (const line of lines) text += `${JSON.stringify(line)}\n`;
	return text;
}

async function bundleOf(lived: RandomWorld, address: string): Promise<string> {
	return readText(await openHistory(lived).bundle(address));
}

describe('a redacted journal', () => {
	test.each(seeds)('leads every machine to the same states, tags and shape as its own (SEED=%i)', async (seed) => {
		const lived = await liveAtRandom(seed, 120);
		let steps = 0;
		for (const { address, definition, steps: committed } of lived.lives()) {
			const redact = createPseudonyms(definition);
			const lines = committed.map(({ line }) => ({ ...line, event: redact(line.event) }));
			for (const [index, replayed] of [...replayJournal(definition, lines)].entries()) {
				const { line, row } = committed[index] ?? {};
				if (!('standing' in replayed)) throw new Error(`${address} ${line?.version}: ${replayed.departure.reason}`);
				const own = JSON.parse(row?.snapshot ?? '{}') as { context: unknown };
				const context = JSON.parse(JSON.stringify(replayed.standing.snapshot.context));
				expect(shapeOf(context), `${address} ${line?.version}`).toEqual(shapeOf(own.context));
				steps++;
			}
		}
		expect(steps).toBeGreaterThan(500);
	});
});

describe('placeholders', () => {
	test('are the same for the same text and no other, and stand for nothing that the machine knows', () => {
		const redact = createPseudonyms(inertAgentDefinition);
		const asked = redact({
			type: 'INPUT_REQUESTED',
			generation: 3,
			requestId: 'req_1',
			fingerprint: 'rm -rf sk-secret',
			deadline: { at: 12, answer: { optionId: 'stop', 'Which key?': ['sk-secret', 4711, true, null, ''] } },
			env: { API_KEY: 'rm -rf sk-secret' },
		});
		expect(asked).toEqual({
			type: 'INPUT_REQUESTED',
			generation: 3,
			requestId: 'req_1',
			fingerprint: 'text-1',
			deadline: { at: 12, answer: { optionId: 'stop', 'key-1': ['text-2', 0, true, null, ''] } },
			env: { 'key-2': 'text-1' },
		});
		expect(redact({ type: 'INPUT_WITHDRAWN', note: 'sk-secret' })).toEqual({ type: 'INPUT_WITHDRAWN', note: 'text-2' });
		expect(redact({ type: 'xstate.init', input: { agentId: 'agt_1', mission: 'text-2', queue: [] } })).toEqual({
			type: 'xstate.init',
			input: { agentId: 'agt_1', mission: 'text-3', queue: [] },
		});
	});
});

/** Lengths, nulls, types, and how many keys: all but the words. */
function shapeOf(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(shapeOf);
	if (typeof value !== 'object' || value === null) return value === null ? null : typeof value;
	return Object.values(value)
		.map((inner) => JSON.stringify(shapeOf(inner)))
		.sort();
}

describe('a bundle', () => {
	test('replays on a machine that has nothing but the program', async () => {
		const lived = await liveAtRandom(21, 80);
		for (const address of ['agent:agt_1', 'task:tsk_1', 'supervisor:sup_1', 'orchestrator:main', 'group:grp_1']) {
			const report = replayBundle(parseBundle(await bundleOf(lived, address)), everyDefinition);
			expect({ ...report, steps: report.steps.filter(({ verdict }) => verdict === 'differs') }, address).toMatchObject({
				actor: address,
				sameDefinition: true,
				complete: true,
				steps: [],
				ok: true,
				agreed: report.transitions,
			});
			expect(report.steps.length).toBe(report.transitions);
			expect(report.transitions, address).toBeGreaterThan(20);
		}
	});

	test('of a child is that of the runner that is there now', async () => {
		const lived = await liveAtRandom(22, 80);
		const life = lived.lives().findLast(({ definition }) => definition.machine.id === 'workflowRunner');
		const { transitions, ok } = replayBundle(parseBundle(await bundleOf(lived, life?.address ?? '')), everyDefinition);
		expect([ok, transitions]).toEqual([true, life?.steps.length]);
	});

	test('says which step another machine takes elsewhere, and judges none after it', async () => {
		const text = await bundleOf(await liveAtRandom(23, 80), 'agent:agt_1');
		const bundle = parseBundle(text);
		const changed = agentOfAnotherRelease();
		const report = replayBundle(bundle, [changed]);
		const first = report.steps.find(({ verdict }) => verdict !== 'agrees');
		expect(report).toMatchObject({ ok: false, sameDefinition: false });
		expect(first).toMatchObject({
			verdict: 'differs',
			reason: expect.stringMatching(/^it leads to stopped, where the journal says (idle|busy)/),
		});
		const rest = report.steps.slice(first?.version);
		const afresh = rest.findIndex(({ event }) => event === 'xstate.init');
		expect(afresh).toBeGreaterThan(3);
		expect(new Set(rest.slice(0, afresh).map(({ verdict }) => verdict))).toEqual(new Set(['notJudged']));
		expect(rest[afresh]).toMatchObject({ verdict: 'agrees' });
	});

	test('that was cut short, or is none, is told of', async () => {
		const text = await bundleOf(await liveAtRandom(24, 30), 'agent:agt_1');
		const cut = text.split('\n').slice(0, -3).join('\n');
		expect(replayBundle(parseBundle(cut), everyDefinition)).toMatchObject({ complete: false, ok: false });
		for (const [bad, line] of [
			['', 1],
			['{"type":"header","format":2}', 1],
			[text.replace('"type":"transition"', '"type":"what"'), 2],
		] as const) {
			const attempt = () => parseBundle(bad);
			expect(attempt).toThrow(StatecraftError);
			expect(attempt).toThrow(new RegExp(`^Line ${line} of the bundle`));
		}
		const foreign = parseBundle(text.replaceAll('"machine":{"id":"agent"', '"machine":{"id":"spaceship"'));
		expect(() => replayBundle(foreign, everyDefinition)).toThrow('There is no machine "spaceship"');
	});

	test('of an actor that is set aside says why, without what stood in its row', async () => {
		const lived = await liveAtRandom(25, 30);
		await lived.world.disk.quarantine('agent:agt_1', `Unexpected token 's', ..."key":sk-secret"... is not valid JSON`);
		const { header } = parseBundle(await bundleOf(lived, 'agent:agt_1'));
		expect(header.quarantine).toBe('the stored snapshot is not valid JSON');
		const issues = [{ code: 'invalid_type', path: ['requests', 0, 'sk-secret'], message: 'not sk-secret' }];
		expect(redactReason(inertAgentDefinition, JSON.stringify(issues))).toBe('requests.0.…: invalid_type');
		const incomplete = 'the stored state "sk-secret" is incomplete';
		expect(redactReason(inertAgentDefinition, incomplete)).toBe('the stored state … is incomplete');
	});
});

/** `statecraft history --replay`: a bundle replayed by this program's own machines, without a server. */

import { readFile } from 'node:fs/promises';
import { StatecraftError } from '../errors.ts';
import { parseBundle } from '../history/bundle-format.ts';
import { type BundleReport, type BundleStep, replayBundle } from '../history/bundle-replay.ts';
import { exitCodes, SilentExit } from './failure.ts';
import { replayableDefinitions } from './history-machines.ts';
import { paint } from './paint.ts';
import type { Printer } from './printer.ts';
import { type Column, renderFacts, renderTable } from './table.ts';

const columns: ReadonlyArray<Column<BundleStep>> = [
	{ title: 'VERSION', value: ({ version }) => version },
	{ title: 'EVENT', value: ({ event }) => event },
	{ title: 'JOURNAL', value: ({ expected }) => expected },
	{ title: 'REPLAY', value: ({ reason }) => reason },
];

/** Rejects with exit code 1 unless every step agrees and none is missing. */
export async function replayFile(file: string, print: Printer): Promise<void> {
	const report = replayBundle(parseBundle(await read(file)), replayableDefinitions);
	print.result(report, () => renderReport(report));
	if (!report.ok) throw new SilentExit(exitCodes.failure);
}

async function read(file: string): Promise<string> {
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		throw new StatecraftError('bundle_invalid', `${file} cannot be read: ${(error as Error).message}`);
	}
}

function renderReport(report: BundleReport): string {
	const { actor, machineId, madeWith, replayedWith, quarantine, complete, transitions, steps } = report;
	const differing = steps.filter(({ verdict }) => verdict === 'differs');
	const facts = renderFacts([
		['actor', actor],
		['machine', `${machineId}, ${report.sameDefinition ? 'the same as here' : 'another than here'}`],
		['made with', `Statecraft ${madeWith}${madeWith === replayedWith ? '' : `; this is ${replayedWith}`}`],
		['set aside', quarantine],
		['transitions', complete ? transitions : `${steps.length} of ${transitions}: the file is cut short`],
	]);
	const table = differing.length === 0 ? [] : ['', renderTable(differing, columns, '')];
	return [facts, ...table, '', renderVerdict(report, differing.length)].join('\n');
}

function renderVerdict({ ok, agreed, steps }: BundleReport, differing: number): string {
	if (ok) return paint.good(`all ${agreed} steps agree`);
	if (differing === 0) return paint.warn(`${agreed} steps agree; the rest is missing`);
	const unjudged = steps.length - agreed - differing;
	return paint.error(`${agreed} steps agree, ${differing} do not, ${unjudged} after them cannot be judged`);
}

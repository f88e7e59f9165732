/** Verification: whether a replay ends where the store does. States alone would not notice a changed assignment. */

import diff from 'microdiff';
import type { SnapshotView } from '../agents/views.ts';
import type { DurableDefinition } from '../durable/definition.ts';
import type { ReplayedStep } from './replay.ts';
import { vocabularyOf } from './vocabulary.ts';

/** At this version the stored snapshot has other values than the replay, at these paths. */
export interface Doubt {
	readonly version: number;
	readonly paths: readonly string[];
}

/** More would not help. */
const longestList = 10;

/** Undefined where the two cannot be compared: another version is stored, or none. */
export function compareWithStore(
	definition: DurableDefinition,
	{ plan, line }: ReplayedStep,
	stored: SnapshotView | undefined,
): Doubt | null | undefined {
	if (stored?.version !== line.version || !isRecord(stored.snapshot)) return undefined;
	const row = plan.unit.actors?.find(({ address }) => address === line.address);
	const replayed = JSON.parse(row?.snapshot ?? '{}') as Record<string, unknown>;
	const { knowsKey } = vocabularyOf(definition);
	// A key that the machine does not know may be somebody's words.
	const show = (key: string | number, index: number) =>
		index === 0 || typeof key === 'number' || knowsKey(key) ? key : '…';
	const differences = diff(pick(stored.snapshot), pick(replayed));
	const paths = [...new Set(differences.map(({ path }) => path.map(show).join('.')))];
	return paths.length === 0 ? null : { version: line.version, paths: paths.slice(0, longestList) };
}

/** Stubs of children name rows of their own. */
function pick({ value, context }: Readonly<Record<string, unknown>>) {
	return { value, context };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null;
}

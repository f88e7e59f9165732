/** Verification: whether a replay ends where the store does. States alone would not notice a changed assignment. */

import diff from 'microdiff';
import type { SnapshotView } from '../agents/views.ts';
import type { ReplayedStep } from './replay.ts';

/** At this version the stored snapshot has other values than the replay, at these paths. */
export interface Doubt {
	readonly version: number;
	readonly paths: readonly string[];
}

/** More would not help. */
const longestList = 10;

/** Undefined where the two cannot be compared: another version is stored, or none. */
export function compareWithStore(
	{ plan, line }: ReplayedStep,
	stored: SnapshotView | undefined,
): Doubt | null | undefined {
	if (stored?.version !== line.version || !isRecord(stored.snapshot)) return undefined;
	const row = plan.unit.actors?.find(({ address }) => address === line.address);
	const replayed = JSON.parse(row?.snapshot ?? '{}') as Record<string, unknown>;
	const paths = diff(pick(stored.snapshot), pick(replayed)).map(({ path }) => path.join('.'));
	return paths.length === 0 ? null : { version: line.version, paths: paths.slice(0, longestList) };
}

/** Stubs of children name rows of their own. */
function pick({ value, context }: Readonly<Record<string, unknown>>) {
	return { value, context };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null;
}

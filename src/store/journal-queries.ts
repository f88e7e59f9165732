/** Reads actors and their journal. */
import type { Reads, TransitionView } from '../agents/views.ts';
import type { PrismaClient, Transition } from './generated/client.ts';
import { parseJson, toNumber } from './row-values.ts';
import { blockOf } from './statements.ts';

export type JournalQueries = Pick<Reads, 'transitions' | 'quarantined' | 'snapshot'>;

export function createJournalQueries(client: PrismaClient): JournalQueries {
	/** The seqs of an address's lines, oldest first: its index is led by blocks, which are walked in order. */
	async function findSeqs(address: string): Promise<readonly number[]> {
		const last = await client.transition.aggregate({ _max: { seq: true } });
		const rows = await client.$queryRaw<ReadonlyArray<{ readonly seq: number | bigint }>>`
			WITH RECURSIVE blocks (block) AS (
				SELECT 0 UNION ALL SELECT block + 1 FROM blocks WHERE block < ${blockOf(last._max.seq ?? 0)})
			SELECT t."seq" FROM blocks CROSS JOIN "transitions" AS t INDEXED BY "transitions_block_address_idx"
			ON t."block" = blocks.block AND t."address" = ${address}`;
		return rows.map(({ seq }) => Number(seq));
	}

	return {
		async transitions(address, page) {
			const seqs = await findSeqs(address);
			const wanted = seqs.slice(page.offset, page.offset + page.limit);
			const rows = await client.transition.findMany({
				where: { seq: { in: wanted } },
				orderBy: { seq: 'asc' },
			});
			return { items: rows.map(toTransitionView), total: seqs.length };
		},
		async quarantined() {
			const rows = await client.actor.findMany({
				where: { quarantine: { not: null } },
				select: {
					address: true,
					machineId: true,
					machineVersion: true,
					version: true,
					quarantine: true,
				},
				orderBy: { address: 'asc' },
			});
			return rows.map(({ quarantine, ...row }) => ({
				...row,
				reason: quarantine ?? '',
			}));
		},
		async snapshot(address) {
			const row = await client.actor.findUnique({
				where: { address },
				select: {
					address: true,
					machineId: true,
					machineVersion: true,
					definitionHash: true,
					version: true,
					snapshot: true,
				},
			});
			return row === null ? undefined : { ...row, snapshot: parseSnapshot(row.snapshot) };
		},
	};
}

/** A quarantined actor's snapshot may be anything; it is shown as it is. */
function parseSnapshot(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

function toTransitionView({ block: _, ...row }: Transition): TransitionView {
	return { ...row, event: parseJson(row.event), at: toNumber(row.at) };
}

/** Reads actors and their journal. */
import type { Reads, TransitionView } from '../agents/views.ts';
import type { PrismaClient, Transition } from './generated/client.ts';
import { parseJson, toNumber } from './row-values.ts';
import { blockOf } from './statements.ts';

export type JournalQueries = Pick<Reads, 'transitions' | 'journal' | 'quarantined' | 'snapshot'>;

/** A row as SQL answers it: integers may be big. */
type TransitionRow = {
	readonly [Column in keyof Transition]: Transition[Column] extends number | bigint
		? number | bigint
		: Transition[Column];
};

/** How many blocks of the journal's index one statement looks into at first. */
const firstWindow = 1;

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
		async journal(address, { after, limit }) {
			const found: TransitionRow[] = [];
			const last = await client.transition.aggregate({ _max: { seq: true } });
			const lastBlock = blockOf(last._max.seq ?? 0);
			let width = firstWindow;
			// Window by window, each twice as wide: neither a busy actor nor a quiet one makes it read much in vain.
			for (let from = blockOf(after); from <= lastBlock && found.length < limit; from += width, width *= 2) {
				const to = Math.min(from + width - 1, lastBlock);
				const rows = await client.$queryRaw<TransitionRow[]>`
					WITH RECURSIVE blocks (block) AS (
						SELECT ${from} UNION ALL SELECT block + 1 FROM blocks WHERE block < ${to})
					SELECT t.* FROM blocks CROSS JOIN "transitions" AS t INDEXED BY "transitions_block_address_idx"
					ON t."block" = blocks.block AND t."address" = ${address}
					WHERE t."seq" > ${after} ORDER BY t."seq" LIMIT ${limit - found.length}`;
				found.push(...rows);
			}
			return found.map(fromRow);
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

function fromRow({ seq, version, generation, at, block: _, ...row }: TransitionRow): TransitionView {
	return {
		...row,
		seq: Number(seq),
		version: Number(version),
		generation: generation === null ? null : Number(generation),
		event: parseJson(row.event),
		at: Number(at),
	};
}

function toTransitionView({ block: _, ...row }: Transition): TransitionView {
	return { ...row, event: parseJson(row.event), at: toNumber(row.at) };
}

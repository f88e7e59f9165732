/** Reads actors and their journal. */
import type { Reads, TransitionView } from '../agents/views.ts';
import { Prisma, type Transition } from './generated/client.ts';
import type { ReadClient } from './read-client.ts';
import type { ReadDialect } from './read-dialect.ts';
import { parseJson } from './row-values.ts';
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

export function createJournalQueries(client: ReadClient, { journalOf }: ReadDialect): JournalQueries {
	async function readLastBlock(): Promise<number> {
		const [row] = await client.$queryRaw<ReadonlyArray<{ readonly last: number | bigint | null }>>`
			SELECT max("seq") AS "last" FROM "transitions"`;
		return blockOf(Number(row?.last ?? 0));
	}

	/** The seqs of an address's lines, oldest first: its index is led by blocks, which are walked in order. */
	async function findSeqs(address: string): Promise<readonly number[]> {
		const rows = await client.$queryRaw<ReadonlyArray<{ readonly seq: number | bigint }>>`
			SELECT t."seq" FROM ${journalOf({ from: 0, to: await readLastBlock(), address })}`;
		return rows.map(({ seq }) => Number(seq)).sort((one, other) => one - other);
	}

	return {
		async transitions(address, page) {
			const seqs = await findSeqs(address);
			const wanted = seqs.slice(page.offset, page.offset + page.limit);
			if (wanted.length === 0) return { items: [], total: seqs.length };
			const rows = await client.$queryRaw<TransitionRow[]>`
				SELECT * FROM "transitions" WHERE "seq" IN (${Prisma.join(wanted)}) ORDER BY "seq"`;
			return { items: rows.map(toTransitionView), total: seqs.length };
		},
		async journal(address, { after, limit }) {
			const found: TransitionRow[] = [];
			const lastBlock = await readLastBlock();
			let width = firstWindow;
			// Window by window, each twice as wide: neither a busy actor nor a quiet one makes it read much in vain.
			for (let from = blockOf(after); from <= lastBlock && found.length < limit; from += width, width *= 2) {
				const to = Math.min(from + width - 1, lastBlock);
				const rows = await client.$queryRaw<TransitionRow[]>`
					SELECT t.* FROM ${journalOf({ from, to, address })}
					WHERE t."seq" > ${after} ORDER BY t."seq" LIMIT ${limit - found.length}`;
				found.push(...rows);
			}
			return found.map(toTransitionView);
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

function toTransitionView({ seq, version, generation, at, block: _, ...row }: TransitionRow): TransitionView {
	return {
		...row,
		seq: Number(seq),
		version: Number(version),
		generation: generation === null ? null : Number(generation),
		event: parseJson(row.event),
		at: Number(at),
	};
}

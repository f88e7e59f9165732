/** Reads tokens, idempotency keys and settings: who may come in, and what came in before. */
import type { Reads } from '../agents/views.ts';
import type { ReadClient } from './read-client.ts';
import { parseJson, toNumber } from './row-values.ts';

export interface AccessQueries extends Pick<Reads, 'tokenByHash' | 'tokens' | 'idempotencyKey'> {
	/** A fact about the installation; undefined if it was never set. */
	setting(id: string): Promise<string | undefined>;
}

export function createAccessQueries(client: ReadClient): AccessQueries {
	return {
		async tokenByHash(hash) {
			const row = await client.token.findUnique({ where: { hash } });
			return row === null ? undefined : { name: row.name, scopes: parseJson(row.scopes) };
		},
		async tokens() {
			const rows = await client.token.findMany({
				orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
			});
			return rows.map(({ id, name, scopes, createdAt }) => ({
				id,
				name,
				scopes: parseJson<readonly string[]>(scopes),
				createdAt: toNumber(createdAt),
			}));
		},
		async idempotencyKey(id) {
			const row = await client.idempotencyKey.findUnique({ where: { id } });
			return row === null ? undefined : { hash: row.hash, resource: row.resource, status: row.status };
		},
		async setting(id) {
			return (await client.setting.findUnique({ where: { id } }))?.value;
		},
	};
}

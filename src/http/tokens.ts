/** Named tokens: made, listed and revoked. Stored hashed; a token is shown once, when it is made. */

import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Reads, TokenView } from '../agents/views.ts';
import { auditRecord } from '../audit/record.ts';
import type { Clock } from '../durable/clock.ts';
import type { DurableStore } from '../durable/store.ts';
import { StatecraftError } from '../errors.ts';
import { hashToken } from './auth.ts';
import { pageQuery, renderTime, timeField } from './fields.ts';
import { answerAll, type Route, route, type Scope } from './route.ts';

export interface TokenRouteDeps {
	readonly reads: Pick<Reads, 'tokens'>;
	readonly store: Pick<DurableStore, 'commit'>;
	readonly clock: Clock;
}

const tag = 'tokens';
const scope = z.enum(['read', 'prompt', 'answer', 'admin'] satisfies Scope[]);

const tokenResource = z
	.strictObject({ id: z.string(), name: z.string(), scopes: z.array(z.string()), createdAt: timeField })
	.meta({ id: 'Token' });

const createdTokenResource = tokenResource
	.extend({ token: z.string().describe('Shown once.') })
	.meta({ id: 'CreatedToken' });

const createToken = route(
	{
		method: 'post',
		path: '/tokens',
		scope: 'admin',
		tag,
		summary: 'Make a named token',
		body: z.strictObject({
			// The colon parts token and key in stored idempotency keys; `admin` is the first token's name.
			name: z
				.string()
				.max(100)
				.regex(/^(?!admin$|anonymous$)[\w.@-]+$/, 'Letters, digits, and _ . @ -, but neither admin nor anonymous'),
			scopes: z.array(scope).min(1).max(4),
		}),
		responses: { 201: { description: 'The token, shown once', schema: createdTokenResource } },
		errors: ['constraint_violated'],
	},
	async ({ body, principal }, { store, clock }: TokenRouteDeps) => {
		const token = `stc_${randomBytes(32).toString('base64url')}`;
		const view = {
			id: `tok_${randomUUID()}`,
			name: body.name,
			scopes: [...new Set(body.scopes)],
			createdAt: clock.now(),
		};
		const row = {
			id: view.id,
			name: view.name,
			hash: hashToken(token),
			scopes: JSON.stringify(view.scopes),
			created_at: view.createdAt,
		};
		const { id: subject, name, scopes } = view;
		const deed = { by: principal.name, action: 'token.create', subject, detail: { name, scopes } };
		await write(store, { records: [{ op: 'insert', table: 'tokens', row }, auditRecord(view.createdAt, deed)] });
		return { status: 201, body: { ...renderToken(view), token } };
	},
);

const listTokens = route(
	{
		method: 'get',
		path: '/tokens',
		scope: 'admin',
		tag,
		summary: 'Named tokens',
		query: pageQuery,
		responses: {
			200: {
				description: 'A page of tokens, without their secrets',
				schema: z.strictObject({ items: z.array(tokenResource), total: z.int(), limit: z.int(), offset: z.int() }),
			},
		},
	},
	async ({ query }, { reads }: TokenRouteDeps) => answerAll(await reads.tokens(), renderToken, query),
);

const revokeToken = route(
	{
		method: 'delete',
		path: '/tokens/{name}',
		scope: 'admin',
		tag,
		summary: 'Revoke a token, by name or id',
		params: z.object({ name: z.string().min(1) }),
		responses: { 204: { description: 'It is void' } },
		errors: ['not_found'],
	},
	async ({ params, principal }, { reads, store, clock }: TokenRouteDeps) => {
		const token = (await reads.tokens()).find(({ id, name }) => name === params.name || id === params.name);
		if (token === undefined) throw new StatecraftError('not_found', `There is no token "${params.name}"`);
		const { id, name } = token;
		const deed = { by: principal.name, action: 'token.revoke', subject: id, detail: { name } };
		await write(store, { records: [{ op: 'delete', table: 'tokens', id }, auditRecord(clock.now(), deed)] });
		return { status: 204 };
	},
);

export const tokenRoutes: ReadonlyArray<Route<TokenRouteDeps>> = [createToken, listTokens, revokeToken];

async function write(
	store: Pick<DurableStore, 'commit'>,
	unit: Parameters<DurableStore['commit']>[0][number],
): Promise<void> {
	const [outcome] = await store.commit([unit]);
	if (outcome?.ok === false) throw outcome.error;
}

function renderToken({ id, name, scopes, createdAt }: TokenView): z.input<typeof tokenResource> {
	return { id, name, scopes: [...scopes], createdAt: renderTime(createdAt) };
}

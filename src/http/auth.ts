/**
 * Who asks, and whether they may. Tokens are compared by their SHA-256, in constant time, so that
 * neither their content nor their length shows in how long an answer takes.
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Reads } from '../agents/views.ts';
import { StatecraftError } from '../errors.ts';
import type { Principal, Scope } from './route.ts';

export interface Authenticator {
	/** Answers whom the token names; rejects with `unauthorized`. */
	authenticate(token: string | undefined): Promise<Principal>;
}

const scopes: readonly Scope[] = ['read', 'prompt', 'answer', 'admin'];

/** For what needs no token. */
export const anonymous: Principal = { name: 'anonymous', scopes: new Set() };

export function createAuthenticator(adminToken: string, reads: Pick<Reads, 'tokenByHash'>): Authenticator {
	const admin: Principal = { name: 'admin', scopes: new Set(['admin']) };
	const adminHash = digest(adminToken);
	return {
		async authenticate(token) {
			if (token === undefined) throw new StatecraftError('unauthorized', 'Send Authorization: Bearer <token>');
			const hash = digest(token);
			if (timingSafeEqual(hash, adminHash)) return admin;
			const named = await reads.tokenByHash(hash.toString('hex'));
			if (named === undefined) throw new StatecraftError('unauthorized', 'This token is not known here');
			return { name: named.name, scopes: new Set(scopes.filter((scope) => named.scopes.includes(scope))) };
		},
	};
}

/** Rejects with `forbidden` unless the token has the scope, or `admin`. */
export function demandScope(principal: Principal, scope: Scope): void {
	if (principal.scopes.has('admin') || principal.scopes.has(scope)) return;
	throw new StatecraftError('forbidden', `The token "${principal.name}" has no scope "${scope}"`, {
		expected: scope,
		actual: [...principal.scopes],
	});
}

/** Lets in whoever sends this request, as often as it is asked; rejects with `unauthorized` or `forbidden`. */
export function createAdmission(
	authenticator: Authenticator,
	request: IncomingMessage,
	scope: Scope,
	inQuery = true,
): () => Promise<Principal> {
	const token = readToken(request, inQuery);
	return async () => {
		const principal = await authenticator.authenticate(token);
		demandScope(principal, scope);
		return principal;
	};
}

/**
 * For whatever stays open: admits whoever was let in again, every so many milliseconds, and tells once that
 * they would no longer be: their token was revoked. Answers how to end that.
 */
export function watchAdmission(admit: () => Promise<unknown>, intervalMs: number, onVoid: () => void): () => void {
	const timer = setInterval(() => {
		admit().catch((error: unknown) => {
			// A store that does not answer says nothing about anybody.
			if (!(error instanceof StatecraftError) || !voidCodes.has(error.code)) return;
			clearInterval(timer);
			onVoid();
		});
	}, intervalMs);
	return () => clearInterval(timer);
}

const voidCodes: ReadonlySet<string> = new Set(['unauthorized', 'forbidden']);

/** SHA-256 of a token as it is stored: hex. */
export function hashToken(token: string): string {
	return digest(token).toString('hex');
}

/** The bearer token; `?token=` counts only where headers cannot be set: WebSockets and event streams. */
export function readToken(request: IncomingMessage, inQuery: boolean): string | undefined {
	const header = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
	if (header !== undefined || !inQuery) return header;
	return new URL(request.url ?? '/', 'http://localhost').searchParams.get('token') ?? undefined;
}

function digest(token: string): Buffer {
	return createHash('sha256').update(token).digest();
}

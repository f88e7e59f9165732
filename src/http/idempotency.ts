/**
 * Idempotency keys: a mutating request that is sent again with the same `Idempotency-Key` is not done
 * again. The key is a row in the very transaction of the change, so that no crash comes between.
 *
 * 1. A key belongs to the token that used it, and to one method, path and body.
 * 2. Only a change that was committed has used its key; a refused request may be sent again.
 * 3. Of two requests that race with one key, one commits and the other is answered as a repetition.
 */

import { createHash } from 'node:crypto';
import type { Reads } from '../agents/views.ts';
import type { DomainRecord } from '../durable/store.ts';
import { StatecraftError } from '../errors.ts';

export interface KeyedRequest {
	/** Name of the token. */
	readonly by: string;
	readonly key: string;
	readonly method: string;
	/** Path and query. */
	readonly url: string;
	readonly body: unknown;
}

/** What the first request led to. */
export interface FirstAnswer {
	readonly status: number;
	/** Path of the resource that answers the repetition. */
	readonly resource: string;
}

export interface UsedKey {
	/** What became of the first request with this key; undefined when this is it. */
	first(): Promise<FirstAnswer | undefined>;
	/** The row that marks the key as used. */
	record(answer: FirstAnswer, at: number): DomainRecord;
}

const keyPattern = /^[\x21-\x7e]{1,255}$/;

/** Rejects with `invalid_request` what is no key; `first` rejects with `idempotency_key_reused`. */
export function openKey(request: KeyedRequest, reads: Pick<Reads, 'idempotencyKey'>): UsedKey {
	if (!keyPattern.test(request.key))
		throw new StatecraftError('invalid_request', 'Idempotency-Key takes 1 to 255 visible ASCII characters', {
			issues: [{ path: 'headers.idempotency-key', message: 'Not 1 to 255 visible ASCII characters' }],
		});
	const id = `${request.by}:${request.key}`;
	const hash = hashRequest(request);
	return {
		async first() {
			const used = await reads.idempotencyKey(id);
			if (used === undefined) return undefined;
			if (used.hash === hash) return { status: used.status, resource: used.resource };
			throw new StatecraftError('idempotency_key_reused', 'Use a new key for a new request', {
				actual: { resource: used.resource },
			});
		},
		record: (answer, at) => ({
			op: 'insert',
			table: 'idempotency_keys',
			row: { id, hash, resource: answer.resource, status: answer.status, created_at: at },
		}),
	};
}

function hashRequest({ method, url, body }: KeyedRequest): string {
	return createHash('sha256')
		.update(`${method} ${url}\n${JSON.stringify(body ?? null)}`)
		.digest('hex');
}

const outcomes = new WeakSet<object>();

/** Marks an error that tells what came of a change that was made: whoever throws it has lost no race. */
export function asOutcome<E extends Error>(error: E): E {
	outcomes.add(error);
	return error;
}

/** Runs what the key stands for, or `repeat` when that was done before or by the winner of a race. */
export async function runOnce<T>(
	key: UsedKey,
	run: () => Promise<T>,
	repeat: (first: FirstAnswer) => Promise<T>,
): Promise<T> {
	const first = await key.first();
	if (first !== undefined) return repeat(first);
	try {
		return await run();
	} catch (error) {
		if (outcomes.has(error as object)) throw error;
		// The loser of a race may be refused for any reason the winner's change brought about (constraint,
		// version, state, name): the winner's answer is its answer.
		const winner = await key.first();
		if (winner === undefined) throw error;
		return repeat(winner);
	}
}

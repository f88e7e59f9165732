/** Tokens with which agents dial in: shown once, stored hashed, compared in constant time. */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ConnectOffer } from './service.ts';

export interface ConnectToken {
	readonly offer: ConnectOffer;
	/** SHA-256, hex. */
	readonly hash: string;
}

export function createConnectToken(agentId: string): ConnectToken {
	const token = `sct_${randomBytes(24).toString('base64url')}`;
	return { offer: { path: `/ws/${agentId}?token=${token}`, token }, hash: hashToken(token) };
}

export function isConnectToken(token: string, hash: string): boolean {
	return timingSafeEqual(Buffer.from(hashToken(token)), Buffer.from(hash));
}

function hashToken(token: string): string {
	return createHash('sha256').update(token).digest('hex');
}

/** Which agents can be run: where the server is, for it launches them; else on this host. */

import { type DriverOffer, findLocalDrivers } from '../agents/drivers/driver-offers.ts';
import type { ApiClient } from './client.ts';
import { isUnreachable } from './failure.ts';

export interface DetectedDrivers {
	readonly askedOf: 'server' | 'this host';
	readonly items: readonly DriverOffer[];
}

/** Rejects when a server answers, but refuses. */
export async function detectDrivers(api: ApiClient): Promise<DetectedDrivers> {
	try {
		return { askedOf: 'server', items: (await api.drivers()).items };
	} catch (error) {
		if (!isUnreachable(error)) throw error;
		return { askedOf: 'this host', items: await findLocalDrivers() };
	}
}

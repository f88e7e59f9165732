/** Addresses of supervisors' actors: `supervisor:<id>`. */

import { rootAddress } from '../durable/address.ts';

export const supervisorKind = 'supervisor';

export function supervisorAddress(supervisorId: string): string {
	return rootAddress(supervisorKind, supervisorId);
}

/** Undefined for the address of something else. */
export function supervisorIdOf(address: string): string | undefined {
	const prefix = supervisorAddress('');
	return address.startsWith(prefix) ? address.slice(prefix.length) : undefined;
}

/** Addresses of groups' actors: `group:<id>`. */

import { rootAddress } from '../../durable/address.ts';

export const groupKind = 'group';

export function groupAddress(groupId: string): string {
	return rootAddress(groupKind, groupId);
}

/** Undefined for the address of something else. */
export function groupIdOf(address: string): string | undefined {
	const prefix = groupAddress('');
	return address.startsWith(prefix) ? address.slice(prefix.length) : undefined;
}

/** Addresses of groups' actors: `group:<id>`. */

import { rootAddress } from '../../durable/address.ts';

export const groupKind = 'group';

export function groupAddress(groupId: string): string {
	return rootAddress(groupKind, groupId);
}

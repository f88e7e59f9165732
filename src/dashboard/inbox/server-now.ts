/** The server's time as this page reckons it: deadlines are by the server's clock. */

import { useNow } from '../components/clock.ts';
import { usePage } from '../connection/session-context.ts';

/** Epoch ms, to the second. */
export function useServerNow(): number {
	return useNow() + usePage(({ skewMs }) => skewMs);
}

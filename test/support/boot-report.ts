/** What the last boot found, as it told everybody. */

import type { BootReport } from '../../src/main.ts';
import type { Operator } from './operator.ts';

/** Of the boot with this number, counted from 1. */
export async function readBootReport({ events }: Operator, boot: number): Promise<BootReport> {
	const started = await events.until(`boot ${boot}`, () => events.ofTopic('system.started')[boot - 1]);
	return (started.data as { readonly recovered: BootReport }).recovered;
}

/** Ids: a prefix that says of what, then a ULID, so that they sort by the time they were made. */

import { monotonicFactory } from 'ulid';

const prefixes = {
	agent: 'agt',
	prompt: 'pmt',
	request: 'req',
	token: 'tok',
	workflow: 'wfl',
	dispatch: 'dsp',
	item: 'itm',
	queueItem: 'qit',
	group: 'grp',
	task: 'tsk',
	supervisor: 'sup',
	checkpoint: 'chk',
	audit: 'aud',
} as const;

const nextUlid = monotonicFactory();

/** A new id such as `agt_01jd…`; `at` is in epoch milliseconds. */
export function createId(of: keyof typeof prefixes, at: number): string {
	return `${prefixes[of]}_${nextUlid(at).toLowerCase()}`;
}

/** Checks on requests: each is open, answered or withdrawn, and settled once. */

import assert from 'node:assert/strict';
import type { OpenRequest } from '../../machines/agent-model.ts';
import type { CheckedStep } from './agent-invariants.ts';

const noRequests: readonly OpenRequest[] = [];

/** [AG28 to AG31, AG52] */
export function checkRequests(step: CheckedStep): void {
	const before = step.old?.requests ?? noRequests;
	const after = step.now.requests;
	const ids = after.map(({ id }) => id);
	assert.equal(new Set(ids).size, ids.length, 'a request is there twice');
	for (const old of before) {
		assert.deepEqual(
			recordsOf(step, old.id),
			expectedOf(
				step,
				old,
				after.find(({ id }) => id === old.id),
			),
		);
	}
	for (const request of after) {
		if (before.some(({ id }) => id === request.id)) continue;
		assert.deepEqual(recordsOf(step, request.id), request.origin === 'agent' ? [] : ['insert']);
		assert.equal(request.answer, null);
	}
	checkEscalation(step);
	const cutShort = step.old?.turn && step.old.turn.id !== step.now.turn?.id && step.event.type !== 'RESULT';
	if (cutShort) assert.ok(!after.some(({ attached }) => attached), 'nobody is there to be answered');
}

/** Whether an agent that has given up asks what is to become of it: once, unless it is never restarted by design. */
function checkEscalation({ old, now, state, before, event }: CheckedStep): void {
	const open = now.requests.filter(({ origin }) => origin === 'escalation').length;
	if (state !== 'failed.resting') assert.equal(open, 0, 'it has not given up, and asks');
	else if (before?.matches({ failed: 'resting' })) {
		const was = old?.requests.filter(({ origin }) => origin === 'escalation') ?? [];
		const closed = event.type === 'ANSWER' && was.some(({ id }) => id === event.requestId);
		assert.equal(open, closed ? 0 : was.length);
	} else assert.equal(open, now.settings.restart.policy === 'temporary' ? 0 : 1);
}

function recordsOf({ writes }: CheckedStep, id: string): unknown[] {
	return writes.records.flatMap((record) => {
		if (record.table !== 'requests') return [];
		if (record.op === 'insert') return record.row.id === id ? ['insert'] : [];
		if (record.id !== id) return [];
		return [record.op === 'update' ? record.set.status : record.op];
	});
}

/** What is to be written of a request that was there before. */
function expectedOf({ event }: CheckedStep, old: OpenRequest, now: OpenRequest | undefined): string[] {
	if (now) assert.equal(now.fingerprint, old.fingerprint);
	if (old.answer !== null) {
		if (now) assert.deepEqual(now.answer, old.answer, 'the first answer counts');
		return [];
	}
	const isAnswered = event.type === 'ANSWER' && event.requestId === old.id;
	if (isAnswered) return ['answered'];
	if (event.type === 'REQUEST_OVERDUE' && event.requestId === old.id && now?.answer) {
		assert.deepEqual(now.answer, old.deadline?.answer, 'a deadline answers what it was to answer');
		return ['timed_out'];
	}
	if (now) assert.equal(now.answer, null);
	return now ? [] : ['withdrawn'];
}

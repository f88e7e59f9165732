/**
 * What a supervisor's step means for the rows and events that people see: its own row, its save points,
 * and the requests by which its questions are asked. Worked out from the contexts before and after,
 * written in the step's own transaction and nowhere else.
 */

import {
	missionState,
	type PendingQuestion,
	type SupervisorContext,
	type SupervisorEvent,
	triggerOfSupervisor,
} from '../../machines/supervisor-model.ts';
import { auditRecord } from '../audit/record.ts';
import type { StepView, Writes } from '../durable/definition.ts';
import { formatState } from '../durable/state-path.ts';
import type { DomainEvent, DomainRecord } from '../durable/store.ts';
import { createEvent } from '../events/catalogue.ts';
import { checkpointId } from './checkpoint-id.ts';

interface SupervisorStep {
	/** Null for its first step. */
	readonly before: SupervisorContext | null;
	readonly after: SupervisorContext;
	readonly event: SupervisorEvent;
	readonly view: StepView;
	readonly records: DomainRecord[];
	readonly events: DomainEvent[];
}

export function projectSupervisorStep(view: StepView): Writes {
	const step: SupervisorStep = {
		before: (view.previous?.context as SupervisorContext | undefined) ?? null,
		after: view.next.context as SupervisorContext,
		event: view.event as SupervisorEvent,
		view,
		records: [],
		events: [],
	};
	projectRow(step);
	projectState(step);
	projectCheckpoint(step);
	projectQuestions(step);
	projectNews(step);
	// Its row has changed all the same: its version, for one.
	const { supervisorId, agentId } = step.after;
	if (!step.events.some(({ topic }) => topic.startsWith('supervisor.')))
		step.events.push(createEvent('supervisor.updated', agentId, view.at, { supervisorId }));
	return { records: step.records, events: step.events };
}

/** The row is inserted by the service; what changes of it is written here. */
function projectRow({ after, view, records }: SupervisorStep): void {
	records.push({
		op: 'update',
		table: 'supervisors',
		id: after.supervisorId,
		set: {
			agent_id: after.agentId,
			state: formatState(view.next.value),
			current_activity: after.currentActivity,
			progress: after.progress,
			error_message: after.errorMessage,
			spawned_task_ids: JSON.stringify(after.spawnedTaskIds),
			pending_questions: JSON.stringify(after.pendingQuestions),
			has_pending_questions: after.pendingQuestions.length > 0,
			restoration_count: after.restorationCount,
			last_restored_at: after.lastRestoredAt,
			restoration_source: after.restorationSource,
			version: view.version,
			updated_at: view.at,
		},
	});
}

function projectState({ after, event, view, events }: SupervisorStep): void {
	const from = view.previous && formatState(view.previous.value);
	const to = formatState(view.next.value);
	if (from === to) return;
	const told = { supervisorId: after.supervisorId, from, to, trigger: triggerOfSupervisor(event) };
	events.push(createEvent('supervisor.state.changed', after.agentId, view.at, told));
}

/** Save points before the last ones go. */
const keptCheckpoints = 20;

function projectCheckpoint({ before, after, event, view, records }: SupervisorStep): void {
	const { supervisorId, saves } = after;
	const isSaved = before ? before.saves !== saves : after.lost === null;
	if (!isSaved) return;
	const state = formatState(view.next.value);
	const row = {
		id: checkpointId(supervisorId, saves),
		supervisor_id: supervisorId,
		reason: saveReason(event),
		context: JSON.stringify({ state, ...missionState(after) }),
		created_at: view.at,
	};
	records.push({ op: 'insert', table: 'checkpoints', row });
	if (saves <= keptCheckpoints) return;
	records.push({ op: 'delete', table: 'checkpoints', id: checkpointId(supervisorId, saves - keptCheckpoints) });
}

function saveReason({ type }: SupervisorEvent): string {
	switch (type) {
		case 'TASK_SPAWNED':
			return 'task_spawned';
		case 'ASK':
			return 'question_asked';
		case 'ANSWER':
			return 'question_answered';
		default:
			return 'phase_changed';
	}
}

function projectQuestions(step: SupervisorStep): void {
	const { before, after, event } = step;
	const known = before?.pendingQuestions ?? [];
	for (const question of after.pendingQuestions) {
		const isKnown = known.some(({ id }) => id === question.id);
		if (event.type === 'ASK' && !isKnown) ask(step, question);
		if (event.type === 'RESTORE') tellAgain(step, question);
	}
	for (const { id } of known) {
		if (after.pendingQuestions.some((question) => question.id === id)) continue;
		if (event.type === 'ANSWER') answered(step, event);
		else withdraw(step, id);
	}
}

/** Whose a request is stands in its key: the address of the actor that takes the answer. */
function ask(step: SupervisorStep, question: PendingQuestion): void {
	const { after, view, records } = step;
	const { id, choices, context } = question;
	records.push({
		op: 'insert',
		table: 'requests',
		row: {
			id,
			agent_id: after.agentId,
			key: view.address,
			kind: 'question',
			title: question.question,
			detail: JSON.stringify({
				question: question.question,
				supervisorId: after.supervisorId,
				...(context !== null && { context }),
			}),
			// Every choice is an answer; none of them permits anything.
			options: JSON.stringify(choices.map((name) => ({ optionId: name, name, kind: 'allow_once' }))),
			status: 'open',
			asked_at: view.at,
		},
	});
	tellQuestion(step, question);
}

/** Whoever answers is reminded, and the request goes along when the mission goes to another agent. */
function tellAgain(step: SupervisorStep, question: PendingQuestion): void {
	const { before, after, records } = step;
	if (before?.agentId !== after.agentId) {
		records.push({ op: 'update', table: 'requests', id: question.id, set: { agent_id: after.agentId } });
	}
	tellQuestion(step, question);
}

function tellQuestion({ after, view, events }: SupervisorStep, { id, question }: PendingQuestion): void {
	const { agentId, supervisorId } = after;
	const told = { requestId: id, kind: 'question', title: question, supervisorId } as const;
	events.push(createEvent('request.opened', agentId, view.at, told));
}

function answered(
	{ after, view, records, events }: SupervisorStep,
	{ requestId, answer, by }: Extract<SupervisorEvent, { type: 'ANSWER' }>,
): void {
	const answeredBy = by ?? null;
	const set = { status: 'answered', answer: JSON.stringify(answer), answered_by: answeredBy, settled_at: view.at };
	records.push({ op: 'update', table: 'requests', id: requestId, set });
	if (by !== undefined) {
		const deed = { by, action: 'request.answer', agentId: after.agentId, subject: requestId, detail: { answer } };
		records.push(auditRecord(view.at, deed));
	}
	events.push(createEvent('request.answered', after.agentId, view.at, { requestId, answer, answeredBy }));
}

function withdraw({ after, view, records, events }: SupervisorStep, requestId: string): void {
	const ended = view.next.status === 'done';
	const note = ended ? 'The mission has ended.' : 'It was not known any more when the mission was taken up again.';
	const set = { status: 'withdrawn', note, settled_at: view.at };
	records.push({ op: 'update', table: 'requests', id: requestId, set });
	events.push(createEvent('request.withdrawn', after.agentId, view.at, { requestId, note }));
}

function projectNews({ after, event, view, events }: SupervisorStep): void {
	const { supervisorId, agentId, currentActivity: activity, progress, restorationCount } = after;
	if (event.type === 'REPORT') {
		events.push(createEvent('supervisor.progress', agentId, view.at, { supervisorId, activity, progress }));
	}
	if (event.type === 'RESTORE') {
		const { source, recovery } = event;
		const told = { supervisorId, source, recovery, restorationCount };
		events.push(createEvent('supervisor.restored', agentId, view.at, told));
	}
}

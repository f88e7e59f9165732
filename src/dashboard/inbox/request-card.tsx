/**
 * One request, to be read and answered: options by a click or by their number, questions by their form.
 *
 * What agents write is shown as text, never as markup, with control characters made visible.
 */

import './request-card.css';
import { type KeyboardEvent, useId } from 'react';
import { AgentName } from '../components/agent-name.tsx';
import { Button } from '../components/button.tsx';
import { classNames } from '../components/class-names.ts';
import { Disclosure } from '../components/disclosure.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { useMay } from '../components/rights.ts';
import { StateBadge } from '../components/state-badge.tsx';
import { Time } from '../components/time.tsx';
import { useResource } from '../connection/session-context.ts';
import { showInvisible } from '../content/visible-text.ts';
import { linkTo } from '../shell/router.ts';
import type { OpenRequest } from '../store/resources.ts';
import { type Answering, useAnswering } from './answering.ts';
import { explainOptions, readOwnQuestion } from './own-questions.ts';
import { QuestionFields } from './question-fields.tsx';
import { type RequestDetail, readRequestDetail } from './request-detail.ts';
import { describeSilence, judgeDeadline } from './request-list.ts';
import { useServerNow } from './server-now.ts';

export interface RequestCardProps {
	readonly request: OpenRequest;
	/** Whether to say whose it is; on the agent's own screen that is plain. */
	readonly hasAgentLink?: boolean;
}

export function RequestCard({ request, hasAgentLink = true }: RequestCardProps) {
	const agent = useResource('agent', request.agentId);
	const answering = useAnswering(request);
	const heading = useId();
	const mayAnswer = useMay('answer');
	const own = readOwnQuestion(request, agent?.usage?.cost?.currency);
	const detail = own === null ? readRequestDetail(request) : { tool: null, command: null, lines: own };

	function onKeyDown(event: KeyboardEvent<HTMLElement>): void {
		if (!mayAnswer || 'settling' in event.currentTarget.dataset || event.repeat) return;
		if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
		const option = request.options[Number(event.key) - 1];
		if (option === undefined) return;
		event.preventDefault();
		answering.answer({ optionId: option.optionId });
	}

	return (
		<article
			className="request-card"
			aria-labelledby={heading}
			data-request={request.id}
			// biome-ignore lint/a11y/noNoninteractiveTabindex: j and k lead here, and number keys answer what has the focus.
			tabIndex={0}
			onKeyDown={onKeyDown}
		>
			<header className="request-head">
				<StateBadge state={request.kind} tone="warn" label={kindOf(request)} />
				{hasAgentLink && (
					<a href={linkTo(['agents', request.agentId])}>
						<AgentName name={agent?.name ?? request.agentId} />
					</a>
				)}
				{typeof request.detail.supervisorId === 'string' && (
					<a href={linkTo(['supervisors', request.detail.supervisorId])}>its mission</a>
				)}
				<span className="muted">
					asked <Time at={request.askedAt} />
				</span>
				<Deadline request={request} />
			</header>
			<h2 id={heading} className="request-title">
				{showInvisible(request.title)}
			</h2>
			<Detail detail={detail} isOurs={own !== null} />
			<Answers request={request} answering={answering} />
			<Effects request={request} />
			<p className="request-silence muted">{describeSilence(request, agent)}</p>
			<ErrorNote error={answering.error} />
		</article>
	);
}

function kindOf({ kind, origin }: OpenRequest): string {
	if (kind === 'permission') return 'Permission';
	return origin === 'statecraft' ? 'Statecraft asks' : 'Question';
}

function isTyping(target: EventTarget): boolean {
	return target instanceof Element && target.closest('input, textarea, select') !== null;
}

function Deadline({ request: { deadlineAt } }: { readonly request: OpenRequest }) {
	const urgency = judgeDeadline(deadlineAt, useServerNow());
	if (urgency === 'none') return null;
	return (
		<span className={classNames('request-deadline', urgency !== 'later' && 'request-urgent')}>
			{urgency === 'over' ? (
				'its time is over'
			) : (
				<>
					<Time at={deadlineAt} style="countdown" /> left
				</>
			)}
		</span>
	);
}

interface DetailProps {
	readonly detail: RequestDetail;
	/** In our own words, which need no type of a machine's. */
	readonly isOurs: boolean;
}

function Detail({ detail: { tool, command, lines }, isOurs }: DetailProps) {
	const isLong = lines.some(({ text }) => text.length > 240 || text.split('\n').length > 6);
	const list = () => (
		<dl className="request-lines">
			{lines.map(({ name, text }) => (
				<div key={name}>
					<dt>{name}</dt>
					<dd>{isOurs ? text : <pre>{text}</pre>}</dd>
				</div>
			))}
		</dl>
	);
	return (
		<>
			{command !== null && <pre className="request-command">{showInvisible(command)}</pre>}
			{tool !== null && (
				<p className="muted">
					Tool: <code>{showInvisible(tool)}</code>
				</p>
			)}
			{lines.length > 0 && (isLong ? <Disclosure summary="Details">{list}</Disclosure> : list())}
		</>
	);
}

/** What each answer does, where its name does not say all. */
function Effects({ request }: { readonly request: OpenRequest }) {
	const effects = explainOptions(request);
	if (effects.length === 0) return null;
	return (
		<ul className="request-effects muted">
			{effects.map(({ name, text }) => (
				<li key={name}>
					<strong>{name}</strong>: {text}
				</li>
			))}
		</ul>
	);
}

function Answers({ request, answering }: { readonly request: OpenRequest; readonly answering: Answering }) {
	const { sent, answer } = answering;
	return (
		<>
			{request.options.length > 0 && (
				<div className="request-options">
					{request.options.map(({ optionId, name, kind }, index) => (
						<Button
							key={optionId}
							needs="answer"
							look={index === 0 && !kind.startsWith('reject') ? 'primary' : 'plain'}
							busy={sent !== null}
							aria-keyshortcuts={index < 9 ? String(index + 1) : undefined}
							onClick={() => answer({ optionId })}
						>
							{index < 9 && <kbd>{index + 1}</kbd>}
							{showInvisible(name)}
						</Button>
					))}
					<DeclineButton request={request} answering={answering} />
				</div>
			)}
			{request.kind === 'question' && (request.options.length === 0 || takesText(request)) && (
				<QuestionFields request={request} isBusy={sent !== null} onAnswer={(given) => answer({ answer: given })}>
					{request.options.length === 0 && <DeclineButton request={request} answering={answering} />}
				</QuestionFields>
			)}
		</>
	);
}

/** What Statecraft itself asks has only the answers that it lists; whoever else asks takes other words too. */
function takesText({ origin }: OpenRequest): boolean {
	return origin === 'agent';
}

function DeclineButton({ request, answering }: { readonly request: OpenRequest; readonly answering: Answering }) {
	if (request.options.some(({ kind }) => kind.startsWith('reject'))) return null;
	return (
		<Button
			needs="answer"
			look="quiet"
			busy={answering.sent !== null}
			onClick={() => answering.answer({ decline: true })}
		>
			Decline
		</Button>
	);
}

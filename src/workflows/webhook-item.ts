/**
 * Deliveries and the work items they are. The id of a delivery is its sender's, so that one that is sent
 * again, or replayed, is dispatched once. A sender other than GitHub need not give one: then it is the
 * SHA-256 of the body, and the same body twice is one delivery.
 */

import { createHash } from 'node:crypto';
import { StatecraftError } from '../errors.ts';
import type { TriggerOf } from './triggers/trigger-config.ts';
import type { WorkItem } from './views.ts';
import { describeGithubPayload, namesEvent } from './webhook-github.ts';
import { isRecord, type PayloadFields, readFields, type WebhookPayload } from './webhook-payload.ts';

export type WebhookOutcome =
	| { readonly kind: 'item'; readonly item: WorkItem }
	/** It is not what the workflow waits for. */
	| { readonly kind: 'ignored'; readonly reason: string };

type Header = (name: string) => string | undefined;

const deliveryHeaders = ['X-Statecraft-Delivery', 'X-Delivery-Id', 'X-GitHub-Delivery'];
const longestTitle = 200;

/** Throws `malformed_json` and, for headers that make no sense, `invalid_request`. `now`: epoch milliseconds. */
export function toWebhookItem(
	trigger: TriggerOf<'webhook'>,
	rawBody: Buffer,
	header: Header,
	now: number,
): WebhookOutcome {
	return trigger.source === 'github'
		? toGithubOutcome(trigger, rawBody, header, now)
		: { kind: 'item', item: toPlainItem(rawBody, header, now) };
}

function toGithubOutcome(
	{ events }: TriggerOf<'webhook'>,
	rawBody: Buffer,
	header: Header,
	now: number,
): WebhookOutcome {
	const event = header('X-GitHub-Event');
	if (event === undefined || !/^\w{1,100}$/.test(event)) throw refuse('X-GitHub-Event is not the name of an event');
	if (event === 'ping') return { kind: 'ignored', reason: 'A ping: GitHub tries out the webhook' };
	const delivery = checkDelivery('X-GitHub-Delivery', header('X-GitHub-Delivery'));
	const payload = parseGithubBody(rawBody, header);
	const action = typeof payload.action === 'string' ? payload.action : null;
	const name = action === null ? event : `${event}.${action}`;
	if (events !== undefined && !events.some((wanted) => namesEvent(wanted, event, action)))
		return { kind: 'ignored', reason: `The workflow does not wait for ${name}` };
	const fields = describeGithubPayload(event, action, payload);
	return { kind: 'item', item: toItem(fields, { event, action, delivery, payload }, now) };
}

function toPlainItem(rawBody: Buffer, header: Header, now: number): WorkItem {
	const text = rawBody.toString('utf8');
	const parsed = parseJson(text);
	const payload = typeof parsed === 'object' ? parsed : null;
	const name = deliveryHeaders.find((candidate) => header(candidate) !== undefined);
	const delivery =
		name === undefined ? createHash('sha256').update(rawBody).digest('hex') : checkDelivery(name, header(name));
	const fields = isRecord(payload) ? readFields(payload) : readFields({ body: readBody(payload, parsed, text) });
	return toItem(fields, { event: null, action: null, delivery, payload }, now);
}

/** A JSON string is the text in it; whatever has no text beside its payload has no body. */
function readBody(payload: unknown, parsed: unknown, text: string): string | null {
	if (payload !== null || text.trim() === '') return null;
	return typeof parsed === 'string' ? parsed : text;
}

interface DeliveryFacts {
	readonly event: string | null;
	readonly action: string | null;
	readonly delivery: string;
	readonly payload: unknown;
}

function toItem(fields: PayloadFields, facts: DeliveryFacts, now: number): WorkItem {
	const { body, url, labels } = fields;
	const title = fields.title ?? firstLine(body) ?? `Delivery ${facts.delivery}`;
	const metadata = { ...facts, receivedAt: new Date(now).toISOString() };
	return { sourceId: `delivery:${facts.delivery}`, title, body, url, labels, metadata };
}

function firstLine(text: string | null): string | undefined {
	const line = text?.split('\n', 1)[0]?.trim().slice(0, longestTitle);
	return line === '' ? undefined : line;
}

function checkDelivery(name: string, id: string | undefined): string {
	if (id === undefined) throw refuse(`${name} is missing: it tells deliveries apart`);
	if (!/^[\w.:-]{1,200}$/.test(id))
		throw refuse(`${name} is not the id of a delivery: up to 200 letters, digits, dots, colons, dashes, underscores`);
	return id;
}

/** GitHub sends JSON, or the same in the field `payload` of a form, as its webhook is set. */
function parseGithubBody(rawBody: Buffer, header: Header): WebhookPayload {
	const isForm = /^application\/x-www-form-urlencoded\b/i.test(header('Content-Type') ?? '');
	const text = rawBody.toString('utf8');
	const payload = parseJson(isForm ? (new URLSearchParams(text).get('payload') ?? '') : text);
	if (isRecord(payload)) return payload;
	throw new StatecraftError('malformed_json', 'The body is not a JSON object, as every delivery of GitHub is');
}

/** Undefined for what is not JSON. */
function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		// The only thing it throws: a SyntaxError.
		return undefined;
	}
}

function refuse(detail: string): StatecraftError {
	return new StatecraftError('invalid_request', detail);
}

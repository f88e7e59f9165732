/** The payload of a webhook: JSON of whatever shape, of which only what is fit to be read is read. */

export type WebhookPayload = Readonly<Record<string, unknown>>;

/** What a payload says in the words of a work item. */
export interface PayloadFields {
	readonly title: string | null;
	readonly body: string | null;
	readonly url: string | null;
	readonly labels: readonly string[];
}

export function isRecord(value: unknown): value is WebhookPayload {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object of the payload; undefined where there is none. */
export function readRecord(payload: WebhookPayload | undefined, key: string): WebhookPayload | undefined {
	const value = payload && Object.hasOwn(payload, key) ? payload[key] : undefined;
	return isRecord(value) ? value : undefined;
}

/** The first of the fields that holds text; null where none does. */
export function readText(payload: WebhookPayload | undefined, ...keys: readonly string[]): string | null {
	for (const key of keys) {
		const value = payload?.[key];
		if (typeof value === 'string' && value !== '') return value;
	}
	return null;
}

/** Names, or objects with a name. */
export function readLabels(payload: WebhookPayload | undefined): readonly string[] {
	const labels: unknown = payload?.labels;
	if (!Array.isArray(labels)) return [];
	const names: unknown[] = labels.map((label: unknown) => (isRecord(label) ? label.name : label));
	return names.filter((name) => typeof name === 'string' && name !== '') as string[];
}

export function readFields(payload: WebhookPayload): PayloadFields {
	return {
		title: readText(payload, 'title'),
		body: readText(payload, 'body'),
		url: readText(payload, 'url'),
		labels: readLabels(payload),
	};
}

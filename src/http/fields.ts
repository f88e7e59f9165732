/** Fields that many requests and answers share. */

import { z } from 'zod';
import { catalogue, type ErrorCode, type Failure } from '../errors.ts';

const errorCodes = Object.keys(catalogue) as [ErrorCode, ...ErrorCode[]];

/** ISO 8601 in UTC with milliseconds. */
export const timeField = z.iso.datetime({ precision: 3 });

export function renderTime(at: number): string {
	return new Date(at).toISOString();
}

export function renderTimeOrNull(at: number | null): string | null {
	return at === null ? null : renderTime(at);
}

export const failureResource = z
	.strictObject({
		code: z.enum(errorCodes),
		message: z.string(),
		retryable: z.boolean(),
		detail: z.record(z.string(), z.unknown()).nullable(),
	})
	.meta({ id: 'Failure', description: 'Why something failed.' });

export function renderFailure(failure: Failure | null): z.input<typeof failureResource> | null {
	if (failure === null) return null;
	const { code, message, retryable, detail } = failure;
	return { code, message, retryable, detail: detail ?? null };
}

export const usageResource = z
	.strictObject({
		inputTokens: z.number().optional(),
		outputTokens: z.number().optional(),
		contextUsed: z.number().optional(),
		contextSize: z.number().optional(),
		cost: z.strictObject({ amount: z.number(), currency: z.string() }).optional(),
	})
	.meta({ id: 'Usage', description: 'Tokens, context and cost as the agent reports them.' });

/** `limit` and `offset` of a listing. */
export const pageFields = {
	limit: z.coerce.number().int().min(1).max(200).default(50),
	offset: z.coerce.number().int().min(0).default(0),
};

export const pageQuery = z.strictObject(pageFields);

export function listingOf<T extends z.ZodType>(item: T) {
	return z.strictObject({
		items: z.array(item),
		total: z.int().min(0),
		limit: z.int(),
		offset: z.int(),
	});
}

/** Fields by which a change is made conditional, and explained. */
/** Why something is done: kept in the journal. */
export const reasonField = z.string().min(1).max(1_000);

export const conditionFields = {
	expectedState: z.string().min(1).max(100).exactOptional(),
	reason: reasonField.exactOptional(),
};

export const conditionBody = z.strictObject(conditionFields);

/** What names a thing in place of its id, and so may not look like one; `idPrefix` such as `agt_`. */
export function nameField(idPrefix: string) {
	return z
		.string()
		.min(1)
		.max(100)
		.regex(/^[^\p{Cc}/]+$/u, 'May not contain slashes or control characters')
		.regex(new RegExp(`^(?!${idPrefix})`), 'May not look like an id');
}

/** What is answered in place of a secret; sent back, it keeps the stored one. */
export const secretMask = '***';

export const idParams = z.object({ id: z.string().min(1) });

/** Validates what comes in, and says what is wrong in words a client can act on. */

import type { z } from 'zod';
import { StatecraftError } from '../errors.ts';

type Place = 'params' | 'query' | 'body' | 'message';

/** Answers what the schema puts out; rejects with `invalid_request` and one issue for each fault. */
export function validate<T>(schema: z.ZodType<T>, value: unknown, place: Place): T {
	const parsed = schema.safeParse(value);
	if (parsed.success) return parsed.data;
	const issues = parsed.error.issues.flatMap((issue) => describeIssue(issue, place));
	const detail = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
	throw new StatecraftError('invalid_request', detail, { issues });
}

function describeIssue(issue: z.core.$ZodIssue, place: Place): Array<{ path: string; message: string }> {
	const path = [place, ...issue.path.map(String)].join('.');
	if (issue.code === 'unrecognized_keys')
		return issue.keys.map((key) => ({ path: `${path}.${key}`, message: 'There is no such field' }));
	return [{ path, message: issue.message }];
}

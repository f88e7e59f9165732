/** A step that does not follow the stored version: said the same way by every adapter. */
import { StatecraftError } from '../errors.ts';

/** `actor_exists` for a first step of an actor that is there already, else `stale_state`. */
export function createStaleError(address: string, expected: number, actual: number | undefined): StatecraftError {
	if (expected === 0 && actual !== undefined) {
		return new StatecraftError('actor_exists', `The actor ${address} exists already, at version ${actual}`, { actual });
	}
	const found = actual === undefined ? 'is not stored' : `is at version ${actual}`;
	const detail = `The actor ${address} ${found}, the step follows version ${expected}`;
	return new StatecraftError('stale_state', detail, {
		expected,
		actual: actual ?? 0,
	});
}

/** Secrets of triggers: never shown, and kept when the mask is sent back. */

import { StatecraftError } from '../errors.ts';
import { secretMask } from '../http/fields.ts';
import type { Trigger } from './triggers/trigger-config.ts';
import type { WorkflowView } from './views.ts';

type StoredTrigger = WorkflowView['trigger'];

export function maskTrigger(trigger: StoredTrigger): Trigger {
	const masked = 'secret' in trigger ? { ...trigger, secret: secretMask } : trigger;
	// What is stored was validated as a trigger, and nothing else stores any.
	return masked as Trigger;
}

/** Puts the stored secret where the mask was sent; rejects with `invalid_request` where there is none. */
export function unmaskTrigger(sent: Trigger, stored: StoredTrigger | undefined): Trigger {
	if (sent.type !== 'webhook' || sent.secret !== secretMask) return sent;
	if (typeof stored?.secret === 'string') return { ...sent, secret: stored.secret };
	const message = `${secretMask} stands for the stored secret, and there is none`;
	throw new StatecraftError('invalid_request', message, { issues: [{ path: 'body.trigger.secret', message }] });
}

/** What is sent to an agent for a prompt: its content, and what the agent has to be told around it. */

import type { ContentBlock } from './drivers/driver.ts';
import type { PromptView } from './views.ts';

const notice =
	'[Statecraft] Your previous turn was interrupted before it ended: its process or connection was lost. ' +
	'Check the state of the work before you rely on it.';

const continuation =
	'[Statecraft] You were interrupted in the middle of a turn: your process or connection was lost, and your ' +
	'session has been restored. Check what was already done, then go on with the task you were working on.';

export interface TurnOptions {
	/** Go on with the interrupted turn instead of sending the prompt again. */
	readonly continuation: boolean;
	/** Tell the agent that its previous turn was interrupted. */
	readonly notice: boolean;
}

export function composeTurn(prompt: PromptView, options: TurnOptions): readonly ContentBlock[] {
	if (options.continuation) return [{ type: 'text', text: continuation }];
	const content = (prompt.content as readonly ContentBlock[] | null) ?? [{ type: 'text', text: prompt.text }];
	return options.notice ? [{ type: 'text', text: notice }, ...content] : content;
}

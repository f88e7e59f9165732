/** Where an agent is given work: the prompt that runs, those that wait, and a box for the next. */

import './composer.css';
import type { ReactElement } from 'react';
import { PromptBox } from './prompt-box.tsx';
import { PromptQueue, type PromptQueueProps } from './prompt-queue.tsx';

export function Composer({ agent, prompts }: PromptQueueProps): ReactElement {
	return (
		<section className="composer" aria-label="Give it work">
			<PromptQueue agent={agent} prompts={prompts} />
			<PromptBox key={agent.id} agent={agent} />
		</section>
	);
}

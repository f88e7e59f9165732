/** Where an agent is given work: the prompt that runs, those that wait, and a box for the next. */

import './composer.css';
import type { ReactElement } from 'react';
import type { Agent } from '../../store/resources.ts';
import { PromptBox } from './prompt-box.tsx';
import { PromptQueue } from './prompt-queue.tsx';

export function Composer({ agent }: { readonly agent: Agent }): ReactElement {
	return (
		<section className="composer" aria-label="Give it work">
			<PromptQueue agent={agent} />
			<PromptBox key={agent.id} agent={agent} />
		</section>
	);
}

/** Which source reads which trigger. */

import type { Reads } from '../../agents/views.ts';
import type { WorkflowReads } from '../views.ts';
import { createAgentIdleSource } from './agent-idle.ts';
import { createAgentLifecycleSource } from './agent-lifecycle.ts';
import { createCompositeSource } from './composite.ts';
import { createCronSource } from './cron.ts';
import { createDelaySource } from './delay.ts';
import { createDispatchResultSource } from './dispatch-result.ts';
import { createPushSource } from './push.ts';
import { createRequestAnsweredSource } from './request-answered.ts';
import type { TriggerSource } from './source.ts';
import type { Trigger } from './trigger-config.ts';

export interface SourceDeps {
	readonly reads: Pick<Reads, 'events' | 'lastEventSeq' | 'agent' | 'prompt' | 'request'> &
		Pick<WorkflowReads, 'workflow' | 'dispatch'>;
	/** Reads issues and pull requests. */
	readonly github: TriggerSource;
	readonly queue: TriggerSource;
	/** Told of what fails without stopping a trigger. */
	onError(where: string, error: Error): void;
}

export interface Sources {
	of(trigger: Pick<Trigger, 'type'>): TriggerSource;
}

export function createSources({ reads, github, queue, onError }: SourceDeps): Sources {
	const push = createPushSource();
	const cron = createCronSource();
	const delay = createDelaySource();
	const agentIdle = createAgentIdleSource(reads);
	const agentLifecycle = createAgentLifecycleSource(reads);
	const dispatchResult = createDispatchResultSource(reads);
	const requestAnswered = createRequestAnsweredSource(reads);
	const composite = createCompositeSource({ sourceOf, onError });

	function sourceOf({ type }: Pick<Trigger, 'type'>): TriggerSource {
		switch (type) {
			case 'github_issues':
			case 'github_pull_requests':
				return github;
			case 'queue':
				return queue;
			case 'manual':
			case 'webhook':
				return push;
			case 'cron':
				return cron;
			case 'delay':
				return delay;
			case 'agent_idle':
				return agentIdle;
			case 'agent_lifecycle':
				return agentLifecycle;
			case 'dispatch_result':
				return dispatchResult;
			case 'request_answered':
				return requestAnswered;
			case 'composite':
				return composite;
			default:
				return type satisfies never;
		}
	}

	return { of: sourceOf };
}

/** What a workflow's runner does, and why it does nothing. */

import { StateBadge } from '../components/state-badge.tsx';
import { Time } from '../components/time.tsx';
import { showOnOneLine } from '../content/visible-text.ts';
import type { Workflow } from '../store/resources.ts';

type Props = { readonly workflow: Pick<Workflow, 'enabled' | 'runner' | 'trigger'> };

export function RunnerBadge({ workflow: { enabled, runner } }: Props) {
	if (!enabled) return <StateBadge state="disabled" />;
	if (runner.state !== 'absent') return <StateBadge state={runner.state} />;
	return <StateBadge state="absent" label="agent away" title="Its runner lives while its agent is there." />;
}

export function RunnerNote({ workflow: { enabled, runner, trigger } }: Props) {
	if (!enabled) return null;
	return (
		<>
			{runner.nextAt !== null && (
				<span>
					{nameNext(runner.state, trigger.type)} <Time at={runner.nextAt} />
				</span>
			)}
			{runner.lastError !== null && <span className="trouble">{showOnOneLine(runner.lastError.message, 300)}</span>}
		</>
	);
}

/** What happens at the runner's next time. */
function nameNext(state: Workflow['runner']['state'], type: Workflow['trigger']['type']): string {
	if (state === 'backingOff') return 'next try';
	return type === 'cron' || type === 'delay' ? 'next run' : 'next check';
}

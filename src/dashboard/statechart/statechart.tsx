/**
 * A machine's statechart with what is active in it, the way it came, and the delays that run. The picture
 * is for eyes; the same is told in words below it.
 */

import './picture.css';
import './statechart.css';
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Button } from '../components/button.tsx';
import { useTimeText } from '../components/clock.ts';
import { Disclosure } from '../components/disclosure.tsx';
import { formatCountdown } from '../components/durations.ts';
import { ErrorNote } from '../components/error-note.tsx';
import { usePage } from '../connection/session-context.ts';
import { ChartWords } from './chart-words.tsx';
import { copyPicture, findActive, markPicture, type Picture } from './picture.ts';
import { usePicture } from './pictures.ts';
import { describeTimers, type RunningTimer, timersByState } from './timers.ts';
import { useViewport } from './use-viewport.ts';
import { findWay, type StepTaken } from './way-taken.ts';

export interface StatechartProps {
	readonly machineId: string;
	/** Paths of the innermost active states. */
	readonly activeStates: readonly string[];
	/** Latest steps, the latest last: the way it came. Few are shown. */
	readonly transitions?: readonly StepTaken[];
	readonly timers?: readonly RunningTimer[];
	/** Short texts to put on states, by their paths. */
	readonly badges?: ReadonlyMap<string, string>;
}

const shownSteps = 5;
const none: readonly never[] = [];
const noBadges: ReadonlyMap<string, string> = new Map();

export function Statechart(props: StatechartProps) {
	const { picture, error, retry } = usePicture(props.machineId);
	if (error) return <ErrorNote error={error} onRetry={retry} />;
	if (picture === null)
		return (
			<p className="statechart-frame statechart-awaited muted" role="status">
				Drawing…
			</p>
		);
	return <Shown key={props.machineId} {...props} picture={picture} />;
}

function Shown({
	picture,
	machineId,
	activeStates,
	transitions = none,
	timers = none,
	badges = noBadges,
}: StatechartProps & { readonly picture: Picture }) {
	const copy = useMemo(() => copyPicture(picture), [picture]);
	const frame = useRef<HTMLDivElement>(null);
	const holder = useRef<HTMLDivElement>(null);
	const [follows, setFollows] = useState(true);
	const onChosen = useCallback(() => setFollows(false), []);
	const hasActive = activeStates.length > 0;
	const area = useCallback(() => findActive(copy), [copy]);
	const { view, show, zoomBy, fitAll, handlers } = useViewport({ frame, picture: copy.size, area, onChosen });
	const countdowns = useCountdowns(timers);
	const trail = useMemo(
		() =>
			transitions
				.slice(-shownSteps)
				.reverse()
				.map((step) => findWay(copy.index, step)),
		[copy, transitions],
	);

	useLayoutEffect(() => {
		holder.current?.replaceChildren(copy.svg);
	}, [copy]);
	// By what they say: whoever shows this may make new lists of the same each time.
	const active = activeStates.join(',');
	useLayoutEffect(() => {
		const told = timersByState(copy.index, timers, countdowns.split('\n'));
		markPicture(copy, { active: active === '' ? [] : active.split(','), trail, badges: new Map([...badges, ...told]) });
	}, [copy, active, trail, timers, countdowns, badges]);
	useLayoutEffect(() => {
		const found = follows && active !== '' ? findActive(copy) : null;
		if (found) show(found);
	}, [copy, active, follows, show]);

	const transform = view && `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
	return (
		<section className="statechart-view" aria-label={`Statechart of ${machineId}`}>
			<div className="statechart-buttons">
				<Button size="small" label="Smaller" onClick={() => zoomBy(0.8)} icon="−" />
				<Button size="small" label="Larger" onClick={() => zoomBy(1.25)} icon="+" />
				<Button size="small" onClick={fitAll}>
					Fit
				</Button>
				{hasActive && (
					<Button size="small" aria-pressed={follows} onClick={() => setFollows(!follows)}>
						Follow
					</Button>
				)}
			</div>
			{/* biome-ignore lint/a11y/useSemanticElements: a part of the page that moves under keys, and no field set */}
			<div
				ref={frame}
				className="statechart-frame"
				role="group"
				// biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move what is in it
				tabIndex={0}
				aria-label="Picture: arrow keys move it, plus and minus zoom, 0 fits it"
				{...handlers}
			>
				<div ref={holder} className="statechart-holder" style={transform ? { transform } : { visibility: 'hidden' }} />
			</div>
			{hasActive && (
				<Disclosure summary="In words">
					<ChartWords
						index={copy.index}
						activeStates={activeStates}
						way={trail[0] ?? none}
						timers={describeTimers(copy.index, timers, countdowns.split('\n'))}
					/>
				</Disclosure>
			)}
		</section>
	);
}

/** What is left of each timer, a line for each; another text only once a second at most. */
function useCountdowns(timers: readonly RunningTimer[]): string {
	const skewMs = usePage((context) => context.skewMs);
	return useTimeText((now) =>
		timers.map(({ dueAt }) => formatCountdown(new Date(dueAt).getTime() - now - skewMs)).join('\n'),
	);
}

/** The slider over all versions, with what happened in them as a strip of colours, and buttons to go and to play. */

import type { KeyboardEvent, ReactElement } from 'react';
import { Button } from '../components/button.tsx';
import { formatAbsolute } from '../components/durations.ts';
import { Icon } from '../components/icons.tsx';
import { wordsOfState } from '../components/state-badge.tsx';
import type { HistoryContext, HistoryModel } from './history-model.ts';
import { findMark, listMarks, listRuns, listTones, type Overview, versionForKey } from './slider.ts';

export interface VersionSliderProps {
	readonly context: HistoryContext;
	readonly model: HistoryModel;
}

export function VersionSlider({ context, model }: VersionSliderProps): ReactElement {
	const { version, last, overview, isPlaying } = context;
	const marks = overview ? listMarks(overview) : [];

	function onKeyDown(event: KeyboardEvent): void {
		const target = event.altKey || event.ctrlKey || event.metaKey ? null : versionForKey(event.key, version, last);
		if (target === null) return;
		event.preventDefault();
		model.choose(target);
	}

	return (
		<div className="history-slider">
			<div className="history-buttons">
				<Step label="First version" shape="first" to={1} from={version} onChoose={model.choose} />
				<Step
					label="Failure or beginning before"
					shape="markBefore"
					to={findMark(marks, version, 'before')}
					from={version}
					onChoose={model.choose}
				/>
				<Step label="Version before" shape="before" to={version - 1} from={version} onChoose={model.choose} />
				<Button
					size="small"
					icon={<Icon name={isPlaying ? 'suspend' : 'start'} />}
					aria-pressed={isPlaying}
					onClick={isPlaying ? model.pause : model.play}
				>
					{isPlaying ? 'Pause' : 'Play'}
				</Button>
				<Step
					label="Version after"
					shape="after"
					to={version < last ? version + 1 : null}
					from={version}
					onChoose={model.choose}
				/>
				<Step
					label="Failure or beginning after"
					shape="markAfter"
					to={findMark(marks, version, 'after')}
					from={version}
					onChoose={model.choose}
				/>
				<Step label="Latest version" shape="last" to={last} from={version} onChoose={model.choose} />
				<output className="history-place">
					Version <strong>{version}</strong> of {last}
				</output>
			</div>
			<div className="history-track">
				{overview && <Strip overview={overview} last={last} />}
				<input
					type="range"
					min={1}
					max={Math.max(last, 2)}
					value={version}
					disabled={last < 2}
					aria-label="Version"
					aria-valuetext={sayPlace(context)}
					onKeyDown={onKeyDown}
					onChange={(event) => model.choose(event.currentTarget.valueAsNumber)}
				/>
			</div>
			{overview && <Legend overview={overview} />}
		</div>
	);
}

/** States by their colours on the strip, those alone that are there. */
function Legend({ overview }: { readonly overview: Overview }): ReactElement {
	const kinds = new Set(listMarks(overview).map(({ kind }) => kind));
	return (
		<ul className="history-legend muted">
			{listTones(overview).map(({ tone, states }) => (
				<li key={tone}>
					<svg viewBox="0 0 10 10" width={10} height={10} aria-hidden="true" focusable="false">
						<rect className={`strip-${tone}`} width={10} height={10} />
					</svg>{' '}
					{states.map(wordsOfState).join(', ')}
				</li>
			))}
			{(['failure', 'beginning'] as const).map(
				(kind) =>
					kinds.has(kind) && (
						<li key={kind}>
							<svg viewBox="0 0 10 10" width={10} height={10} aria-hidden="true" focusable="false">
								<line className={`mark-${kind}`} x1={5} x2={5} y1={0} y2={10} />
							</svg>{' '}
							{kind === 'failure' ? 'a failure' : 'a run begins'}
						</li>
					),
			)}
		</ul>
	);
}

const shapes = {
	first: 'M5 4v12M16 4l-8 6 8 6z',
	markBefore: 'M10 4l-7 6 7 6zM15 5v6M15 14.5h.01',
	before: 'M13 4l-8 6 8 6z',
	after: 'M7 4l8 6-8 6z',
	markAfter: 'M10 4l7 6-7 6zM5 5v6M5 14.5h.01',
	last: 'M15 4v12M4 4l8 6-8 6z',
} as const;

function Shape({ shape }: Pick<StepProps, 'shape'>): ReactElement {
	return (
		<svg viewBox="0 0 20 20" width={16} height={16} className="history-shape" aria-hidden="true" focusable="false">
			<path d={shapes[shape]} />
		</svg>
	);
}

interface StepProps {
	readonly label: string;
	readonly shape: keyof typeof shapes;
	/** Null where it leads nowhere. */
	readonly to: number | null;
	readonly from: number;
	readonly onChoose: (version: number) => void;
}

function Step({ label, shape, to, from, onChoose }: StepProps): ReactElement {
	const leads = to !== null && to >= 1 && to !== from;
	return (
		<Button
			size="small"
			look="quiet"
			label={label}
			aria-disabled={!leads}
			icon={<Shape shape={shape} />}
			onClick={() => leads && onChoose(to)}
		/>
	);
}

/** Seen only: the buttons and the list say the same. */
function Strip({ overview, last }: { readonly overview: Overview; readonly last: number }): ReactElement {
	// The thumb's middle stands on a version's middle; of the first and the last one half is to be seen.
	const width = Math.max(last - 1, 1);
	return (
		<svg
			className="history-strip"
			viewBox={`0.5 0 ${width} 10`}
			preserveAspectRatio="none"
			aria-hidden="true"
			focusable="false"
		>
			{listRuns(overview).map(({ from, to, tone }) => (
				<rect key={from} className={`strip-${tone}`} x={from - 1} y={2} width={to - from + 1} height={8} />
			))}
			{listMarks(overview).map(({ version, kind }) => (
				<line
					key={`${kind} ${version}`}
					className={`mark-${kind}`}
					x1={version - 0.5}
					x2={version - 0.5}
					y1={0}
					y2={10}
					vectorEffect="non-scaling-stroke"
				/>
			))}
		</svg>
	);
}

function sayPlace({ version, last, moment, lines }: HistoryContext): string {
	const line = lines.get(version) ?? (moment?.version === version ? moment.transition : undefined);
	const place = `Version ${version} of ${last}`;
	return line ? `${place}: ${wordsOfState(line.to)}, ${formatAbsolute(Date.parse(line.at))}` : place;
}

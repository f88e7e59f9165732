/** What led to the chosen step and what came of it, with links to the versions and actors it names. */

import { Fragment, type ReactElement } from 'react';
import { showOnOneLine } from '../content/visible-text.ts';
import { linkTo } from '../shell/router.ts';
import { describeCause, describeConsequences, type Words } from './cause-words.ts';
import type { PastMoment } from './history-model.ts';

export interface CauseProps {
	readonly moment: PastMoment;
	readonly onChoose: (version: number) => void;
}

export function CauseAndConsequences({ moment, onChoose }: CauseProps): ReactElement {
	const consequences = describeConsequences(moment);
	return (
		<section className="history-cause" aria-label="Cause and consequences">
			<h3>Cause</h3>
			<p>
				<Sentence words={describeCause(moment)} onChoose={onChoose} />
			</p>
			<h3>Consequences</h3>
			{moment.caused === null && <p className="muted">They cannot be told.</p>}
			{moment.caused !== null && consequences.length === 0 && <p className="muted">None.</p>}
			<ul className="history-plain">
				{consequences.map(({ key, kind, words }) => (
					<li key={`${kind} ${key}`}>
						<span className="history-kind">{kind}</span> <Sentence words={words} onChoose={onChoose} />
					</li>
				))}
			</ul>
		</section>
	);
}

function Sentence({ words, onChoose }: { readonly words: readonly Words[] } & Pick<CauseProps, 'onChoose'>) {
	return words.map((part, index) => (
		// biome-ignore lint/suspicious/noArrayIndexKey: parts of one sentence have no other place
		<Fragment key={index}>
			<Part part={part} onChoose={onChoose} />
		</Fragment>
	));
}

function Part({ part, onChoose }: { readonly part: Words } & Pick<CauseProps, 'onChoose'>): ReactElement {
	const { version, actor } = part;
	const text = showOnOneLine(part.text, 200).concat(/\s$/.test(part.text) ? ' ' : '');
	const lead = /^\s/.test(part.text) ? ' ' : '';
	if (version !== undefined) {
		return (
			<button type="button" className="history-link" onClick={() => onChoose(version)}>
				{text}
			</button>
		);
	}
	const link = actor === undefined ? null : linkToActor(actor);
	if (link !== null) return <a href={link}>{text}</a>;
	return (
		<>
			{lead}
			{text}
		</>
	);
}

const screens: Readonly<Record<string, string>> = { agent: 'agents', supervisor: 'supervisors', task: 'tasks' };

/** Null for actors without a screen of their own. */
export function linkToActor(address: string): string | null {
	const [root = '', child] = address.split('/');
	const [kind = '', id = ''] = root.split(':');
	if (kind === 'orchestrator') return child === undefined ? null : linkTo(['workflows', child]);
	const screen = screens[kind];
	return screen === undefined ? null : linkTo([screen, id]);
}

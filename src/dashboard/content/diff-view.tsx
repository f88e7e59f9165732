/** Shows what was changed in a file. */

import { Fragment, memo, type ReactElement } from 'react';
import { Button } from '../components/button.tsx';
import { useKept } from './kept-state.tsx';
import type { DiffLine, FileDiff } from './line-diff.ts';
import { cutText, showInvisible, showOnOneLine } from './visible-text.ts';
import './content.css';

/** Lines shown before somebody asks for all. */
const shownLines = 60;
/** No line is longer than this, whoever asks. */
const lineLimit = 2_000;

export const DiffView = memo(function DiffView({ diff }: { readonly diff: FileDiff }): ReactElement {
	const [isWhole, setWhole] = useKept('whole');
	const path = showOnOneLine(diff.path, 400);
	const total = diff.hunks.reduce((sum, hunk) => sum + hunk.length, 0);
	const hunks = isWhole || total <= shownLines ? diff.hunks : cutHunks(diff.hunks);
	return (
		<figure className="diff" aria-label={`Changes in ${path}: ${diff.added} added, ${diff.removed} removed`}>
			<figcaption>
				<span className="diff-path">{path}</span>
				<span className="diff-added">+{diff.added}</span>
				<span className="diff-removed">−{diff.removed}</span>
			</figcaption>
			{/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
			<pre className="diff-lines" tabIndex={0}>
				{hunks.map((hunk, index) => (
					// biome-ignore lint/suspicious/noArrayIndexKey: a diff is replaced as a whole
					<Fragment key={index}>
						{index > 0 && <span className="diff-skip">⋯{'\n'}</span>}
						{hunk.map((line, at) => (
							// biome-ignore lint/suspicious/noArrayIndexKey: as above
							<Line key={at} line={line} />
						))}
					</Fragment>
				))}
			</pre>
			{total > shownLines && (
				<Button size="small" look="quiet" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
					{isWhole ? 'Show less' : `Show all ${total} lines`}
				</Button>
			)}
		</figure>
	);
});

const signs: Readonly<Record<DiffLine['kind'], string>> = { same: ' ', add: '+', delete: '−' };

function Line({ line: { kind, text, oldLine, newLine } }: { readonly line: DiffLine }): ReactElement {
	return (
		<span className={`diff-line diff-${kind}`}>
			<span className="diff-number" aria-hidden="true">
				{newLine ?? oldLine}
			</span>
			<span className="diff-sign">{signs[kind]}</span>
			<span className="diff-text">
				{showInvisible(cutText(text, lineLimit))}
				{text.length > lineLimit && ' …'}
				{'\n'}
			</span>
		</span>
	);
}

function cutHunks(hunks: FileDiff['hunks']): FileDiff['hunks'] {
	const cut: DiffLine[][] = [];
	let room = shownLines;
	for (const hunk of hunks) {
		if (room <= 0) break;
		cut.push(hunk.slice(0, room));
		room -= hunk.length;
	}
	return cut;
}

/** Text of any length: cut, with a button that shows all of it. */

import { memo, type ReactElement } from 'react';
import { Button } from '../components/button.tsx';
import { useKept } from './kept-state.tsx';
import { cutLongText, describeLength, reopenFence, splitMarkdown, splitPieces, type TextLimits } from './long-text.ts';
import { MarkdownText } from './markdown-text.tsx';
import { TerminalText } from './terminal-text-view.tsx';
import { showInvisible } from './visible-text.ts';
import './content.css';

/** Longer texts are not read as markdown: it would take seconds. */
const markdownLimit = 200_000;
/** Reading markdown may take time by the square of its length: pieces of this length take a moment. */
const markdownPiece = 6_000;
const messageLimits: TextLimits = { characters: 6_000, lines: 120, tail: 1_500 };
const outputLimits: TextLimits = { characters: 4_000, lines: 24, tail: 600 };
const promptLimits: TextLimits = { characters: 2_000, lines: 16 };
const pieceSize = 20_000;

/** Words of an agent. Of a long message the end is shown as well, for there it goes on. */
export function LongMarkdown({ text }: { readonly text: string }): ReactElement {
	const [isWhole, setWhole] = useKept('whole');
	const { head, tail, omitted } = cutLongText(text, messageLimits);
	if (omitted === 0) return <MarkdownText text={text} />;
	if (isWhole) {
		return (
			<>
				{text.length > markdownLimit ? <PlainPieces text={text} /> : <MarkdownPieces text={text} />}
				<MoreButton isWhole onClick={() => setWhole(false)} length={text.length} />
			</>
		);
	}
	return (
		<>
			<MarkdownText text={head} />
			<MoreButton isWhole={false} onClick={() => setWhole(true)} length={text.length} />
			<MarkdownText text={reopenFence(text, tail)} />
		</>
	);
}

/** Words of people: as they wrote them. */
export function LongPlain({ text }: { readonly text: string }): ReactElement {
	const [isWhole, setWhole] = useKept('whole');
	const { head, omitted } = cutLongText(text, promptLimits);
	if (omitted === 0) return <p className="markdown-plain">{showInvisible(text)}</p>;
	return (
		<>
			{isWhole ? <PlainPieces text={text} /> : <p className="markdown-plain">{showInvisible(head)} …</p>}
			<MoreButton isWhole={isWhole} onClick={() => setWhole(!isWhole)} length={text.length} />
		</>
	);
}

/** What a program wrote, or anything else that is no prose. */
export const LongOutput = memo(function LongOutput({ text }: { readonly text: string }): ReactElement {
	const [isWhole, setWhole] = useKept('whole');
	const { head, tail, omitted } = cutLongText(text, outputLimits);
	const isCut = omitted > 0 && !isWhole;
	return (
		<div className="output">
			{/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
			<pre className="output-text" tabIndex={0}>
				{isWhole ? <OutputPieces text={text} /> : <TerminalText text={head} />}
				{isCut && (
					<>
						<span className="output-omitted">{`\n⋯ ${describeLength(omitted)} left out ⋯\n`}</span>
						<TerminalText text={tail} />
					</>
				)}
			</pre>
			{omitted > 0 && <MoreButton isWhole={isWhole} onClick={() => setWhole(!isWhole)} length={text.length} />}
		</div>
	);
});

interface MoreButtonProps {
	readonly isWhole: boolean;
	readonly length: number;
	readonly onClick: () => void;
}

function MoreButton({ isWhole, length, onClick }: MoreButtonProps): ReactElement {
	return (
		<Button className="show-all" size="small" aria-expanded={isWhole} onClick={onClick}>
			{isWhole ? 'Show less' : `Show all (${describeLength(length)})`}
		</Button>
	);
}

function MarkdownPieces({ text }: { readonly text: string }): ReactElement {
	return (
		<>
			{splitMarkdown(text, markdownPiece).map((piece, index) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: pieces have nothing but their place
				<div key={index} className="piece">
					<MarkdownText text={piece} />
				</div>
			))}
		</>
	);
}

/** Pieces out of sight are not laid out. */
function PlainPieces({ text }: { readonly text: string }): ReactElement {
	return (
		<div className="markdown-plain">
			{splitPieces(text, pieceSize).map((piece, index) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: pieces have nothing but their place
				<div key={index} className="piece">
					{showInvisible(piece)}
				</div>
			))}
		</div>
	);
}

function OutputPieces({ text }: { readonly text: string }): ReactElement {
	return (
		<>
			{splitPieces(text, pieceSize).map((piece, index) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: pieces have nothing but their place
				<div key={index} className="piece">
					<TerminalText text={piece} />
				</div>
			))}
		</>
	);
}

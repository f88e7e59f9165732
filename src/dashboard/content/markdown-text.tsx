/**
 * Markdown from agents, which nobody trusts.
 *
 * 1. HTML in it is text. Links lead to other sites only, in a window of their own. No image is loaded:
 *    it is shown as a link.
 * 2. What cannot be read, or is nested deeper than anybody writes, is shown as plain text.
 */

import { type ComponentProps, memo, type ReactElement, type ReactNode, useId } from 'react';
import Markdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { readLinkAddress } from './link-address.ts';
import { showInvisible } from './visible-text.ts';
import './content.css';

export const MarkdownText = memo(function MarkdownText({ text }: { readonly text: string }): ReactElement {
	const id = useId();
	const shown = showInvisible(text);
	return <div className="markdown">{renderMarkdown(shown, id) ?? <p className="markdown-plain">{shown}</p>}</div>;
});

/** Quotes and lists in each other beyond what anybody writes: to read them would take the browser seconds. */
const pathological = /^(?:[ \t]*>){24}|^(?: {60}|\t{15})[ \t]*(?:[-*+]|\d+[.)])[ \t]|^[ \t]*(?:[-+][ \t]+){24}/m;

/** Null when it cannot be rendered. `id` keeps footnotes of several texts apart. */
function renderMarkdown(text: string, id: string): ReactElement | null {
	if (pathological.test(text)) return null;
	try {
		// Called, not mounted, so that what goes wrong in it goes wrong here.
		return Markdown({
			children: text,
			remarkPlugins: [remarkGfm],
			remarkRehypeOptions: { clobberPrefix: `${id}-` },
			rehypePlugins: [() => refuseDepth],
			// Links and images look at their addresses themselves.
			urlTransform: (address) => address,
			components,
		});
	} catch {
		return null;
	}
}

const deepest = 60;

interface TreeNode {
	readonly children?: readonly TreeNode[];
}

/** Browsers lay out trees by recursion: a thousand quotes in each other end them. */
function refuseDepth(root: TreeNode): void {
	let level: readonly TreeNode[] = [root];
	for (let depth = 0; level.length > 0; depth++) {
		if (depth > deepest) throw new RangeError('Nested too deeply');
		level = level.flatMap(({ children }) => children ?? []);
	}
}

interface LinkProps {
	readonly href?: string | undefined;
	readonly children?: ReactNode;
}

/** What may be no link is left as text. Its real address shows on hover, whatever it says. */
function Link({ href, children }: LinkProps): ReactElement {
	const address = readLinkAddress(href ?? '');
	if (address === null) return <span className="link-refused">{children}</span>;
	return (
		<a href={address} title={address} target="_blank" rel="noreferrer noopener nofollow">
			{children}
		</a>
	);
}

function ImageLink({ src, alt }: ComponentProps<'img'>): ReactElement {
	const label = alt ? `Image: ${alt}` : 'Image';
	return <Link href={typeof src === 'string' ? src : undefined}>{label}</Link>;
}

/** Headings of a message stand below those of the page, whatever their rank in it. */
function heading(rank: 'h3' | 'h4' | 'h5') {
	return function Heading({ children }: { readonly children?: ReactNode }): ReactElement {
		const Rank = rank;
		return <Rank>{children}</Rank>;
	};
}

/** Scrolls sideways by itself, also with the keyboard. */
function ScrollingTable({ children }: { readonly children?: ReactNode }): ReactElement {
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
		<div className="markdown-table" tabIndex={0}>
			<table>{children}</table>
		</div>
	);
}

function ScrollingCode({ children }: { readonly children?: ReactNode }): ReactElement {
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
		<pre tabIndex={0}>{children}</pre>
	);
}

/** A box to tick in a list: nothing can be ticked here. */
function TaskBox({ checked }: { readonly checked?: boolean | undefined }): ReactElement {
	return (
		<span role="img" aria-label={checked ? 'done' : 'to do'}>
			{checked ? '☑' : '☐'}
		</span>
	);
}

const components: Components = {
	a: ({ href, children }) => <Link href={href}>{children}</Link>,
	img: ImageLink,
	h1: heading('h3'),
	h2: heading('h3'),
	h3: heading('h4'),
	h4: heading('h4'),
	h5: heading('h5'),
	h6: heading('h5'),
	table: ({ children }) => <ScrollingTable>{children}</ScrollingTable>,
	pre: ({ children }) => <ScrollingCode>{children}</ScrollingCode>,
	input: ({ checked }) => <TaskBox checked={checked} />,
};

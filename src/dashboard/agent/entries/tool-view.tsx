/** A tool call: one line that says what and how it went, with input and output folded away. */

import type { ReactElement } from 'react';
import { DiffView } from '../../content/diff-view.tsx';
import { Fold } from '../../content/fold.tsx';
import { KeptScope } from '../../content/kept-state.tsx';
import { LongOutput } from '../../content/long-text-view.tsx';
import { readToolContent, type ToolSection } from '../../content/tool-content.ts';
import { showOnOneLine } from '../../content/visible-text.ts';
import type { ToolEntry } from '../transcript/entry.ts';
import { formatSpan, Moment } from './entry-parts.tsx';

/** Signs and words of each status: never by colour alone. */
const statuses: Readonly<Record<ToolEntry['status'], readonly [sign: string, words: string]>> = {
	pending: ['○', 'waiting'],
	in_progress: ['◐', 'running'],
	completed: ['✓', ''],
	failed: ['✕', 'failed'],
	abandoned: ['–', 'not finished'],
};

export function ToolView({ entry }: { readonly entry: ToolEntry }): ReactElement {
	const [sign, words] = statuses[entry.status];
	const tookMs = entry.endedAt === null ? null : Date.parse(entry.endedAt) - Date.parse(entry.at);
	const kind = kindWords.get(entry.toolKind) ?? 'Tool';
	const title = showOnOneLine(entry.title, 240);
	const summary = (
		<>
			<span className={`tool-sign tool-${entry.status}`} aria-hidden="true">
				{sign}
			</span>
			{!title.toLowerCase().startsWith(kind.toLowerCase()) && <span className="entry-kind">{kind}</span>}
			<span className="truncate entry-gist tool-title">{title}</span>
			<span className="muted entry-aside">
				{[words, tookMs !== null && tookMs >= 100 ? formatSpan(tookMs) : ''].filter(Boolean).join(' · ')}
			</span>
		</>
	);
	return (
		<Fold className="entry-fold entry-tool" summary={summary}>
			{() => <ToolDetail entry={entry} />}
		</Fold>
	);
}

/** Agents may name any kind: a map knows none but these. */
const kindWords: ReadonlyMap<string, string> = new Map([
	['read', 'Read'],
	['edit', 'Edit'],
	['delete', 'Delete'],
	['move', 'Move'],
	['search', 'Search'],
	['execute', 'Run'],
	['think', 'Think'],
	['fetch', 'Fetch'],
	['switch_mode', 'Mode'],
]);

function ToolDetail({ entry }: { readonly entry: ToolEntry }): ReactElement {
	const { input, output } = readToolContent(entry.title, entry.input, entry.output);
	return (
		<div className="tool-detail">
			<p className="tool-facts muted">
				<Moment at={entry.at} />
				{entry.locations.map(({ path, line }) => (
					<code key={`${path}:${line}`}>
						{showOnOneLine(path, 300)}
						{line === undefined ? '' : `:${line}`}
					</code>
				))}
			</p>
			<Sections name="Input" sections={input} />
			<Sections name="Output" sections={output} />
			{input.length + output.length === 0 && (
				<p className="muted">It told neither what it was given nor what came out.</p>
			)}
		</div>
	);
}

interface SectionsProps {
	readonly name: string;
	readonly sections: readonly ToolSection[];
}

function Sections({ name, sections }: SectionsProps): ReactElement | null {
	if (sections.length === 0) return null;
	return (
		<div className="tool-sections">
			<p className="tool-section-name">{name}</p>
			{sections.map((section, index) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: sections have nothing but their place
				<KeptScope key={index} name={`${name}-${index}`}>
					<Section section={section} />
				</KeptScope>
			))}
		</div>
	);
}

function Section({ section }: { readonly section: ToolSection }): ReactElement {
	switch (section.kind) {
		case 'diff':
			return <DiffView diff={section.diff} />;
		case 'text':
			return <LongOutput text={section.text} />;
		case 'fields':
			return (
				<dl className="tool-fields">
					{section.fields.map(([name, value]) => (
						<div key={name}>
							<dt>{showOnOneLine(name, 60)}</dt>
							<dd>
								<KeptScope name={name}>
									<LongOutput text={value} />
								</KeptScope>
							</dd>
						</div>
					))}
				</dl>
			);
	}
}

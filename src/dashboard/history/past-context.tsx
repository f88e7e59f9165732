/** The context as of the chosen version, as a tree to fold; texts of people and agents only for whoever asks. */

import type { ReactElement } from 'react';
import { Disclosure } from '../components/disclosure.tsx';
import { showOnOneLine } from '../content/visible-text.ts';
import { buildTree, type TreeNode } from './context-tree.ts';
import type { PastMoment, Shown } from './history-model.ts';

export interface PastContextProps {
	readonly moment: PastMoment;
	/** What was asked for; it may be on its way. */
	readonly shown: Shown;
	readonly onShow: (shown: Shown) => void;
}

export function PastContext({ moment, shown, onShow }: PastContextProps): ReactElement {
	const { context, value } = moment;
	return (
		<div className="history-context">
			<label className="history-shown">
				<input
					type="checkbox"
					checked={shown === 'full'}
					onChange={(event) => onShow(event.currentTarget.checked ? 'full' : 'redacted')}
				/>
				Show texts of people and agents
			</label>
			{value === null ? <p className="muted">It cannot be told.</p> : <Tree nodes={buildTree(context)} depth={0} />}
		</div>
	);
}

function Tree({ nodes, depth }: { readonly nodes: readonly TreeNode[]; readonly depth: number }): ReactElement {
	return (
		<ul className="history-tree">
			{nodes.map((node) => (
				<li key={node.key}>
					<Node node={node} depth={depth} />
				</li>
			))}
		</ul>
	);
}

function Node({ node, depth }: { readonly node: TreeNode; readonly depth: number }): ReactElement {
	const key = showOnOneLine(node.key, 80);
	if (node.kind === 'leaf') {
		return (
			<>
				<span className="history-key">{key}</span>{' '}
				<code className={`history-value-${node.type}`}>{showOnOneLine(node.text, 500)}</code>
			</>
		);
	}
	const summary = (
		<>
			<span className="history-key">{key}</span> <span className="muted">{node.size}</span>
		</>
	);
	return <Disclosure summary={summary}>{() => <Tree nodes={node.nodes} depth={depth + 1} />}</Disclosure>;
}

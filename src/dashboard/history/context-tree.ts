/** A context as a tree to fold and unfold. Pure. */

export interface TreeBranch {
	readonly kind: 'branch';
	readonly key: string;
	/** `3 entries`, `5 fields`. */
	readonly size: string;
	readonly nodes: readonly TreeNode[];
}

export interface TreeLeaf {
	readonly kind: 'leaf';
	readonly key: string;
	readonly text: string;
	readonly type: 'text' | 'number' | 'boolean' | 'null' | 'redacted' | 'empty';
}

export type TreeNode = TreeBranch | TreeLeaf;

export function buildTree(value: unknown): readonly TreeNode[] {
	return entriesOf(value).map(([key, inner]) => buildNode(key, inner));
}

function buildNode(key: string, value: unknown): TreeNode {
	if (value === null || value === undefined) return { kind: 'leaf', key, text: 'null', type: 'null' };
	if (typeof value === 'object') return buildBranch(key, value);
	if (value === '[redacted]') return { kind: 'leaf', key, text: 'redacted', type: 'redacted' };
	if (typeof value === 'string') return { kind: 'leaf', key, text: value, type: 'text' };
	return { kind: 'leaf', key, text: String(value), type: typeof value === 'number' ? 'number' : 'boolean' };
}

function buildBranch(key: string, value: object): TreeNode {
	const nodes = buildTree(value);
	const isList = Array.isArray(value);
	if (nodes.length === 0) return { kind: 'leaf', key, text: isList ? 'empty list' : 'empty', type: 'empty' };
	const unit = isList ? 'entry' : 'field';
	const plural = isList ? 'entries' : 'fields';
	return { kind: 'branch', key, size: `${nodes.length} ${nodes.length === 1 ? unit : plural}`, nodes };
}

function entriesOf(value: unknown): ReadonlyArray<readonly [string, unknown]> {
	return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

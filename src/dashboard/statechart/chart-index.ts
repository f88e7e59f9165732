/** What a picture says of its machine: states and transitions by name, as its attributes tell. Pure. */

export interface IndexedState {
	readonly path: string;
	/** Path of what is entered first; null where nothing is inside. */
	readonly initial: string | null;
}

export interface IndexedEdge {
	/** `<source>|<event>|<target>`, the target empty where the state stays as it is. */
	readonly id: string;
	readonly source: string;
	readonly event: string;
	readonly target: string;
	readonly guard: string | null;
}

export interface ChartIndex {
	readonly states: ReadonlyMap<string, IndexedState>;
	readonly edges: readonly IndexedEdge[];
}

/** Takes the attributes of a picture's elements apart. */
export function indexChart(
	states: readonly IndexedState[],
	edges: ReadonlyArray<{ readonly id: string; readonly guard: string | null }>,
): ChartIndex {
	return { states: new Map(states.map((state) => [state.path, state])), edges: edges.map(readEdge) };
}

function readEdge({ id, guard }: { readonly id: string; readonly guard: string | null }): IndexedEdge {
	const [source = '', ...rest] = id.split('|');
	const target = rest.pop() ?? '';
	return { id, source, event: rest.join('|'), target, guard };
}

/** The state and whatever contains it, innermost first; the root, which is the empty path, comes last. */
export function listAncestors(path: string): readonly string[] {
	const keys = path === '' ? [] : path.split('.');
	return [...keys.map((_, index) => keys.slice(0, keys.length - index).join('.')), ''];
}

/** Paths of the innermost active states of an XState value: `idle.ready` for `{ idle: 'ready' }`. */
export function listActive(value: unknown): readonly string[] {
	if (typeof value === 'string') return [value];
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([key, inner]) => {
		const below = listActive(inner);
		return below.length === 0 ? [key] : below.map((path) => `${key}.${path}`);
	});
}

/** What may happen while these states are active: the innermost first, every transition once. */
export function listPossible({ edges }: ChartIndex, active: readonly string[]): readonly IndexedEdge[] {
	const paths = new Set(active.flatMap(listAncestors));
	const bySource = [...paths].sort((a, b) => b.length - a.length);
	return bySource.flatMap((path) => edges.filter(({ source, event }) => source === path && event !== 'always'));
}

/** A delay by its name, where the event is that of one: `backoff` for `xstate.after.backoff.agent.failed`. */
export function nameEvent(event: string): string {
	const after = /^xstate\.after\.([^.]+)\./.exec(event);
	return after ? `after ${after[1]}` : event;
}

/**
 * The rules that a picture of its own carries. In the page, which brings its own, they are left out.
 * Every colour can be set from outside by a custom property.
 */

const light = {
	paper: '#ffffff',
	ink: '#1c2433',
	muted: '#5a6579',
	line: '#8a94a6',
	box: '#f7f8fa',
	inner: '#ffffff',
	tag: '#e6e9ef',
	accent: '#0b6bcb',
	'accent-box': '#dcebfb',
};

const dark: typeof light = {
	paper: '#12161d',
	ink: '#e8ecf3',
	muted: '#a3adbd',
	line: '#6d788a',
	box: '#1a202a',
	inner: '#12161d',
	tag: '#2b3442',
	accent: '#6cb6ff',
	'accent-box': '#15324f',
};

const rules = `
.statechart{background:var(--sc-paper)}
.statechart text{fill:var(--sc-ink)}
.statechart .frame{fill:var(--sc-box);stroke:var(--sc-line)}
.statechart .compound>.frame,.statechart .parallel>.frame{fill:var(--sc-inner)}
.statechart .any>.frame{fill:none;stroke-dasharray:4 3}
.statechart .region>.frame{stroke-dasharray:6 4}
.statechart .tag rect{fill:var(--sc-tag)}
.statechart .keyword,.statechart .actions{fill:var(--sc-muted)}
.statechart .guard{fill:var(--sc-muted)}
.statechart .way{fill:none;stroke:var(--sc-line)}
.statechart .head,.statechart .dot{fill:var(--sc-line)}
.statechart .paper{fill:var(--sc-paper)}
.statechart .state.active>.frame{fill:var(--sc-accent-box);stroke:var(--sc-accent);stroke-width:2.5}
.statechart .edge.active .event{fill:var(--sc-accent);font-weight:700}
.statechart .connection.active>.way{stroke:var(--sc-accent);stroke-width:2.5}
.statechart .connection.active>.head{fill:var(--sc-accent)}
`;

export const style = [
	`.statechart{${renderColours(light)}}`,
	`@media (prefers-color-scheme:dark){.statechart{${renderColours(dark)}}}`,
	...rules.trim().split('\n'),
].join('\n');

function renderColours(colours: typeof light): string {
	return Object.entries(colours)
		.map(([name, colour]) => `--sc-${name}:var(--chart-${name},${colour})`)
		.join(';');
}

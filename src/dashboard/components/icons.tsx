/** Pictures of our own, drawn with the text's colour. Never the only carrier of a meaning. */

const paths = {
	fleet: 'M3 4h14v4H3zM3 12h14v4H3zM6 6h.01M6 14h.01',
	inbox: 'M3 11l2.5-7h9L17 11v5H3zM3 11h4l1 2h4l1-2h4',
	workflows: 'M3 4h5v4H3zM12 12h5v4h-5zM5.5 8v6H12',
	supervisors: 'M10 3l6 3v4c0 3.5-2.5 6-6 7-3.5-1-6-3.5-6-7V6zM7.5 10l2 2 3.5-4',
	tasks: 'M3 4h4v12H3zM8.5 4h4v8h-4zM14 4h3v5h-3z',
	groups: 'M3 3h6v6H3zM11 3h6v6h-6zM7 11h6v6H7z',
	machines: 'M4 10a2 2 0 104 0 2 2 0 10-4 0M12 5h5v4h-5zM12 12h5v4h-5zM8 10h2M10 7v7M10 7h2M10 14h2',
	inspect: 'M3 8.5a5.5 5.5 0 1011 0 5.5 5.5 0 10-11 0M12.5 12.5L17 17',
	more: 'M5 10h.01M10 10h.01M15 10h.01',
	plus: 'M10 4v12M4 10h12',
	close: 'M5 5l10 10M15 5L5 15',
	search: 'M3 8.5a5.5 5.5 0 1011 0 5.5 5.5 0 10-11 0M12.5 12.5L17 17',
	start: 'M6 4l10 6-10 6z',
	stop: 'M5 5h10v10H5z',
	restart: 'M15.5 6.5A6.5 6.5 0 1016.5 11M16 3v4h-4',
	suspend: 'M7 4v12M13 4v12',
	kill: 'M10 3l8 14H2zM10 8v4M10 14.5h.01',
	copy: 'M7 7h9v9H7zM4 13V4h9',
	check: 'M4 10.5l4 4 8-9',
	sun: 'M10 6.5a3.5 3.5 0 100 7 3.5 3.5 0 100-7M10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1',
	moon: 'M16 12A7 7 0 018 4a7 7 0 108 8z',
	system: 'M3 4h14v9H3zM7 17h6M10 13v4',
	chevron: 'M7 5l5 5-5 5',
	leave: 'M8 4H4v12h4M12 6l4 4-4 4M16 10H8',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
	return (
		<svg
			viewBox="0 0 20 20"
			width={size}
			height={size}
			fill="none"
			stroke="currentColor"
			strokeWidth={name === 'more' ? 3 : 1.6}
			strokeLinecap="round"
			strokeLinejoin="round"
			aria-hidden="true"
			focusable="false"
		>
			<path d={paths[name]} />
		</svg>
	);
}

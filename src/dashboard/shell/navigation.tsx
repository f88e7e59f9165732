/** The ways between screens: a column on wide windows, a bar at the foot of narrow ones. */

import './navigation.css';
import { Icon } from '../components/icons.tsx';
import { linkTo } from './router.ts';
import { type ScreenEntry, screens } from './screens.tsx';

export interface NavigationProps {
	/** Path of the screen in sight. */
	readonly current: string | undefined;
	readonly openCount: number;
}

export function Navigation({ current, openCount }: NavigationProps) {
	const shown = screens.filter(({ icon }) => icon !== null);
	return (
		<nav className="navigation" aria-label="Main">
			<a className="brand" href={linkTo([])}>
				Statecraft
			</a>
			<ul>
				{shown.map((entry) => (
					<li key={entry.path}>
						<NavigationLink
							entry={entry}
							isCurrent={entry.path === current}
							count={entry.path === 'inbox' ? openCount : 0}
						/>
					</li>
				))}
			</ul>
		</nav>
	);
}

interface NavigationLinkProps {
	readonly entry: ScreenEntry;
	readonly isCurrent: boolean;
	readonly count: number;
}

function NavigationLink({ entry: { path, title, icon }, isCurrent, count }: NavigationLinkProps) {
	return (
		<a
			className="navigation-link"
			href={linkTo(path === '' ? [] : [path])}
			aria-current={isCurrent ? 'page' : undefined}
		>
			{icon && <Icon name={icon} size={18} />}
			<span>{title}</span>
			{count > 0 && (
				<span className="count">
					{count}
					<span className="visually-hidden"> open</span>
				</span>
			)}
		</a>
	);
}

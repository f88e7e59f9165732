/** The ways between screens: a column on wide windows, a bar at the foot of narrow ones. */

import './navigation.css';
import { useRef } from 'react';
import { Button } from '../components/button.tsx';
import { Icon, type IconName } from '../components/icons.tsx';
import { useSession } from '../connection/session-context.ts';
import { linkTo } from './router.ts';
import { type ScreenEntry, screens } from './screens.tsx';
import { ThemeSwitch } from './theme-switch.tsx';

export interface NavigationProps {
	/** Path of the screen in sight. */
	readonly current: string | undefined;
	readonly openCount: number;
}

const shown = screens.filter(({ icon }) => icon !== null);
/** On a narrow window the others are behind "More". */
const frequent: ReadonlySet<string> = new Set(['', 'inbox', 'tasks', 'workflows']);
const rare = shown.filter(({ path }) => !frequent.has(path));

export function Navigation({ current, openCount }: NavigationProps) {
	const link = (entry: ScreenEntry) => (
		<NavigationLink entry={entry} isCurrent={entry.path === current} count={entry.path === 'inbox' ? openCount : 0} />
	);
	return (
		<nav className="navigation" aria-label="Main">
			<a className="brand" href={linkTo([])}>
				Statecraft
			</a>
			<ul>
				{shown.map((entry) => (
					<li key={entry.path} className={frequent.has(entry.path) ? undefined : 'navigation-rare'}>
						{link(entry)}
					</li>
				))}
				<li className="navigation-rare">
					<InspectorLink />
				</li>
				<li className="navigation-more">
					<More isCurrent={rare.some(({ path }) => path === current)} link={link} />
				</li>
			</ul>
			<div className="navigation-foot">
				<ThemeSwitch />
				<SignOut />
			</div>
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

function SignOut() {
	const { leave } = useSession();
	return (
		<Button look="quiet" size="small" icon={<Icon name="leave" />} onClick={leave}>
			Sign out
		</Button>
	);
}

function InspectorLink() {
	return <PlainLink href="/inspect" icon="inspect" title="Inspector" />;
}

function PlainLink({ href, icon, title }: { readonly href: string; readonly icon: IconName; readonly title: string }) {
	return (
		<a className="navigation-link" href={href}>
			<Icon name={icon} size={18} />
			<span>{title}</span>
		</a>
	);
}

interface MoreProps {
	readonly isCurrent: boolean;
	readonly link: (entry: ScreenEntry) => React.ReactNode;
}

function More({ isCurrent, link }: MoreProps) {
	const sheet = useRef<HTMLDivElement>(null);
	return (
		<>
			<button
				type="button"
				className="navigation-link"
				aria-current={isCurrent || undefined}
				popoverTarget="navigation-sheet"
			>
				<Icon name="more" size={18} />
				<span>More</span>
			</button>
			{/* biome-ignore lint/a11y/noStaticElementInteractions lint/a11y/useKeyWithClickEvents: only listens to its links. */}
			<div
				ref={sheet}
				id="navigation-sheet"
				className="navigation-sheet"
				popover="auto"
				onClick={(event) => {
					if (event.target instanceof Element && event.target.closest('a')) sheet.current?.hidePopover();
				}}
			>
				<ul>
					{rare.map((entry) => (
						<li key={entry.path}>{link(entry)}</li>
					))}
					<li>
						<InspectorLink />
					</li>
				</ul>
				<ThemeSwitch />
				<SignOut />
			</div>
		</>
	);
}

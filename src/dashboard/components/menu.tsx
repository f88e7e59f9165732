/** A button that opens a short list of things to do, in a popover of the browser's. */

import './menu.css';
import { type KeyboardEvent, type ReactNode, useId, useRef } from 'react';
import { Button } from './button.tsx';
import { Icon } from './icons.tsx';

export interface MenuItem {
	readonly id: string;
	readonly label: string;
	readonly icon?: ReactNode;
	readonly isDangerous?: boolean;
	readonly onChoose: () => void;
}

export interface MenuProps {
	/** Names the button. */
	readonly label: string;
	readonly items: readonly MenuItem[];
}

export function Menu({ label, items }: MenuProps) {
	const id = useId();
	const button = useRef<HTMLButtonElement>(null);
	const list = useRef<HTMLDivElement>(null);

	function place(): void {
		const at = button.current?.getBoundingClientRect();
		const menu = list.current;
		if (!at || !menu) return;
		const { offsetWidth: width, offsetHeight: height } = menu;
		const below = at.bottom + 4 + height <= window.innerHeight;
		menu.style.left = `${Math.max(8, Math.min(at.right - width, window.innerWidth - width - 8))}px`;
		menu.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - 4 - height)}px`;
		menu.querySelector<HTMLElement>('button')?.focus();
	}

	function onKeyDown(event: KeyboardEvent): void {
		if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
		event.preventDefault();
		event.stopPropagation();
		const choices = [...(list.current?.querySelectorAll<HTMLElement>('button') ?? [])];
		const step = event.key === 'ArrowDown' ? 1 : -1;
		const at = choices.indexOf(document.activeElement as HTMLElement);
		choices[(at + step + choices.length) % choices.length]?.focus();
	}

	return (
		<>
			<Button
				ref={button}
				look="quiet"
				size="small"
				label={label}
				icon={<Icon name="more" />}
				popoverTarget={id}
				aria-haspopup="menu"
			/>
			<div
				ref={list}
				id={id}
				popover="auto"
				className="menu"
				role="menu"
				aria-label={label}
				onToggle={(event) => {
					if (event.newState === 'open') place();
				}}
				onKeyDown={onKeyDown}
			>
				{items.map(({ id: key, label: words, icon, isDangerous = false, onChoose }) => (
					<button
						key={key}
						type="button"
						role="menuitem"
						className={isDangerous ? 'menu-danger' : undefined}
						onClick={() => {
							list.current?.hidePopover();
							button.current?.focus();
							onChoose();
						}}
					>
						{icon}
						{words}
					</button>
				))}
			</div>
		</>
	);
}

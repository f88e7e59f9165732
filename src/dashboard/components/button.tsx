/** Buttons, and links that look like them. */

import './button.css';
import type { AnchorHTMLAttributes, ButtonHTMLAttributes, ReactNode } from 'react';
import type { Scope } from '../../http/route.ts';
import { classNames } from './class-names.ts';
import { useMay } from './rights.ts';

interface Look {
	/** `primary` for the one thing a place is for, `danger` for what cannot be undone, `quiet` in rows and bars. */
	readonly look?: 'primary' | 'plain' | 'quiet' | 'danger';
	readonly size?: 'small' | 'normal';
	/** Shown before the words; alone when `label` names it for those who do not see it. */
	readonly icon?: ReactNode;
}

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement>, Look {
	/** Work is under way: pressed again, it does nothing. */
	readonly busy?: boolean;
	/** What a token has to be allowed for it: others find it disabled. */
	readonly needs?: Scope;
	/** Name of a button without words. */
	readonly label?: string;
	readonly ref?: React.Ref<HTMLButtonElement>;
}

export function Button(props: ButtonProps) {
	const {
		look,
		size,
		icon,
		busy = false,
		needs,
		label,
		className,
		children,
		onClick,
		type = 'button',
		...rest
	} = props;
	// Whoever sees this page may read.
	const isAllowed = useMay(needs ?? 'read');
	return (
		<button
			{...rest}
			type={type}
			className={classNames(lookOf({ look, size }), !children && 'button-icon-only', className)}
			aria-label={label}
			title={isAllowed ? (rest.title ?? label) : `Your token may not do this: it lacks the scope ${needs}`}
			disabled={rest.disabled || !isAllowed}
			aria-busy={busy || undefined}
			aria-disabled={busy || rest['aria-disabled'] || undefined}
			onClick={busy ? (event) => event.preventDefault() : onClick}
		>
			{icon}
			{children}
		</button>
	);
}

export interface ButtonLinkProps extends AnchorHTMLAttributes<HTMLAnchorElement>, Look {}

export function ButtonLink({ look, size, icon, className, children, ...rest }: ButtonLinkProps) {
	return (
		<a {...rest} className={classNames(lookOf({ look, size }), className)}>
			{icon}
			{children}
		</a>
	);
}

function lookOf({
	look = 'plain',
	size = 'normal',
}: {
	look?: Look['look'] | undefined;
	size?: Look['size'] | undefined;
}) {
	return classNames('button', `button-${look}`, size === 'small' && 'button-small');
}

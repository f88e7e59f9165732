/** The screen of one thing: where it belongs, what it is called, what can be done, and the facts beside. */

import './detail.css';
import type { ReactNode } from 'react';
import { showOnOneLine } from '../content/visible-text.ts';
import { useTitleSubject } from '../shell/title.ts';
import { CopyButton } from './copy-button.tsx';

export interface DetailProps {
	/** The list it is in. */
	readonly list: { readonly title: string; readonly link: string };
	readonly id: string;
	readonly title: string;
	/** State and buttons. */
	readonly head: ReactNode;
	/** Said before anything else: what went wrong. */
	readonly notes?: ReactNode;
	readonly facts: ReactNode;
	readonly children: ReactNode;
}

export function Detail({ list, id, title, head, notes, facts, children }: DetailProps) {
	useTitleSubject(showOnOneLine(title, 120));
	return (
		<article className="detail">
			<header className="detail-head">
				<p className="muted">
					<a href={list.link}>{list.title}</a> <span aria-hidden="true">/</span> <bdi>{showOnOneLine(title, 60)}</bdi>
				</p>
				<h1>{showOnOneLine(title, 300)}</h1>
				<div className="detail-line">{head}</div>
				<div className="detail-id muted">
					<span className="mono">{id}</span> <CopyButton text={id} what="id" />
				</div>
			</header>
			{notes}
			<div className="detail-columns">
				<div className="detail-main">{children}</div>
				{facts}
			</div>
		</article>
	);
}

/** Something folded away under its name, which stays as it was left. */

import '../components/disclosure.css';
import type { ReactNode } from 'react';
import { useKept } from './kept-state.tsx';

export interface FoldProps {
	readonly summary: ReactNode;
	readonly isOpenAtFirst?: boolean;
	readonly className?: string;
	/** Made only while it is open: what is folded may be large. */
	readonly children: () => ReactNode;
}

export function Fold({ summary, isOpenAtFirst = false, className = '', children }: FoldProps): ReactNode {
	const [isOpen, setOpen] = useKept('open', isOpenAtFirst);
	return (
		<details
			className={`disclosure ${className}`}
			open={isOpen}
			onToggle={(event) => {
				if (event.currentTarget.open !== isOpen) setOpen(event.currentTarget.open);
			}}
		>
			<summary>{summary}</summary>
			{isOpen && <div className="disclosure-content">{children()}</div>}
		</details>
	);
}

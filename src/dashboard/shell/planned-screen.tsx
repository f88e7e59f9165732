/** Stands where a screen is not built in yet. */

import { EmptyState } from '../components/empty-state.tsx';

export function PlannedScreen() {
	return <EmptyState title="Not on the page yet">The command line and the API show it meanwhile.</EmptyState>;
}

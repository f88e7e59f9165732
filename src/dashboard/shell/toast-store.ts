/** Short messages about what was done, read out by screen readers, gone by themselves. */

import { createStore } from '@xstate/store';

export interface Toast {
	readonly id: number;
	readonly text: string;
	readonly tone: 'done' | 'problem';
}

/** At most so many at once: the oldest give way. */
const most = 4;

export function createToastStore() {
	return createStore({
		context: { toasts: [] as readonly Toast[], nextId: 1 },
		on: {
			shown: ({ toasts, nextId }, { text, tone = 'done' }: { text: string; tone?: Toast['tone'] }) => ({
				toasts: [...toasts, { id: nextId, text, tone }].slice(-most),
				nextId: nextId + 1,
			}),
			dismissed: (context, { id }: { id: number }) => ({
				...context,
				toasts: context.toasts.filter((toast) => toast.id !== id),
			}),
		},
	});
}

export const toastStore = createToastStore();

/** Says that something was done, or what went wrong where no better place is to say it. */
export function showToast(text: string, tone: Toast['tone'] = 'done'): void {
	toastStore.trigger.shown({ text, tone });
}

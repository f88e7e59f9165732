/** Light or dark: as the system has it, unless somebody says otherwise. */

export type Theme = 'system' | 'light' | 'dark';

const storageKey = 'statecraft.theme';
export const themes: readonly Theme[] = ['system', 'light', 'dark'];

export function readTheme(): Theme {
	try {
		const stored = window.localStorage.getItem(storageKey);
		return themes.find((theme) => theme === stored) ?? 'system';
	} catch {
		return 'system';
	}
}

export function chooseTheme(theme: Theme): void {
	try {
		window.localStorage.setItem(storageKey, theme);
	} catch {
		// It holds for this tab alone, then.
	}
	applyTheme(theme);
}

export function applyTheme(theme = readTheme()): void {
	const { dataset } = document.documentElement;
	if (theme === 'system') delete dataset.theme;
	else dataset.theme = theme;
}

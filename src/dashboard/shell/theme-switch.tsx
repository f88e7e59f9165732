/** Light, dark, or as the system has it. */

import { useState } from 'react';
import { Button } from '../components/button.tsx';
import { Icon, type IconName } from '../components/icons.tsx';
import { chooseTheme, readTheme, type Theme, themes } from './theme.ts';

const icons: Readonly<Record<Theme, IconName>> = { system: 'system', light: 'sun', dark: 'moon' };
const names: Readonly<Record<Theme, string>> = { system: 'System theme', light: 'Light theme', dark: 'Dark theme' };

export function ThemeSwitch() {
	const [theme, setTheme] = useState(readTheme);
	const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';
	return (
		<Button
			look="quiet"
			size="small"
			icon={<Icon name={icons[theme]} />}
			title={`Next: ${names[next]}`}
			onClick={() => {
				chooseTheme(next);
				setTheme(next);
			}}
		>
			{names[theme]}
		</Button>
	);
}

/** What `GET /drivers` and `statecraft drivers` show: the presets, and whether they can be used on this host. */
import { findPresets } from './preset-search.ts';

/** A preset driver, and whether its program is on this host. */
export interface DriverOffer {
	readonly kind: string;
	readonly protocol: string;
	readonly transport: string;
	/** Path of the program; null where it was not found. */
	readonly command: string | null;
	readonly args: readonly string[];
	readonly installed: boolean;
	/** The command that installs it; null where nothing is missing. */
	readonly hint: string | null;
}

export async function findLocalDrivers(): Promise<DriverOffer[]> {
	const presets = await findPresets();
	return presets.map(({ kind, protocol, path, installed, installCommand }) => ({
		kind,
		protocol,
		transport: 'stdio',
		command: path ?? null,
		args: [],
		installed,
		hint: installed || installCommand === '' ? null : installCommand,
	}));
}

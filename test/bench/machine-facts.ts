/** What the figures were measured on: only what bears on them, nothing that names a host. */

import { cpus, totalmem } from 'node:os';

export interface MachineFacts {
	readonly cores: number;
	readonly memoryGiB: number;
	readonly node: string;
	readonly platform: string;
}

export function readMachineFacts(): MachineFacts {
	return {
		cores: cpus().length,
		memoryGiB: Math.round(totalmem() / 2 ** 30),
		node: process.version,
		platform: `${process.platform} ${process.arch}`,
	};
}

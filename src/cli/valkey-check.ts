/** The check of the Valkey or Redis that events are relayed to: what the server says of it, and whether it answers here. */

import { environmentVariables } from '../config.ts';
import type { ApiClient } from './client.ts';
import type { Check } from './doctor-checks.ts';

const name = 'valkey';
const timeoutMs = 3_000;

/** Nothing where nothing is relayed, as far as can be told from here. */
export async function checkValkey(api: ApiClient, environment = process.env): Promise<Check[]> {
	const url = environment[environmentVariables.valkeyUrl];
	const said = await askServer(api).catch(() => undefined);
	if (said !== undefined) return [said];
	return url ? [await ping(url)] : [];
}

/** By its metrics; undefined where the server relays nothing. */
async function askServer(api: ApiClient): Promise<Check | undefined> {
	const metrics = await (await api.http.open('GET', '/metrics')).text();
	const up = readGauge(metrics, 'statecraft_relay_up');
	if (up === undefined) return undefined;
	const behind = `${readGauge(metrics, 'statecraft_relay_lag_events') ?? 0} events behind`;
	if (up === 1) return { name, verdict: 'ok', finding: `the server relays to it, ${behind}` };
	return {
		name,
		verdict: 'warn',
		finding: `the server cannot relay to it, ${behind}`,
		advice: 'nothing is lost: what is missing follows as soon as it answers; the log of the server says what is wrong',
	};
}

/** From here, while there is no server to ask. */
async function ping(url: string): Promise<Check> {
	// Other commands need not wait for its client to be loaded.
	const { describePlace, pingValkey } = await import('../relay/valkey.ts');
	try {
		await pingValkey(url, timeoutMs);
		return { name, verdict: 'ok', finding: `${describePlace(url)} answers` };
	} catch (error) {
		const place = URL.canParse(url) ? describePlace(url) : environmentVariables.valkeyUrl;
		const finding = URL.canParse(url) ? (error as Error).message : 'is not a redis:// URL';
		return {
			name,
			verdict: 'warn',
			finding: `${place}: ${finding}`,
			advice: `check ${environmentVariables.valkeyUrl}`,
		};
	}
}

function readGauge(metrics: string, gauge: string): number | undefined {
	const [, value] = new RegExp(`^${gauge}\\{relay="valkey"\\} (\\S+)$`, 'm').exec(metrics) ?? [];
	return value === undefined ? undefined : Number(value);
}

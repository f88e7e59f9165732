/** What is relayed to the outside, as it is configured. Nothing of it is loaded where nothing is. */

import type { Clock } from '../durable/clock.ts';
import type { EventBus } from '../events/bus.ts';
import { sourceOf } from './cloud-event.ts';
import type { CourierReads } from './courier.ts';
import { nameKeys } from './names.ts';
import type { Relay, RelayDeps } from './relay.ts';

export interface RelaysDeps {
	readonly config: {
		readonly valkeyUrl: string | undefined;
		readonly valkeyPrefix: string;
		readonly valkeyStreamLength: number;
		readonly valkeyOutput: boolean;
	};
	/** Tells this installation from others. */
	readonly instance: string;
	readonly clock: Clock;
	readonly reads: CourierReads;
	readonly bus: Pick<EventBus, 'subscribe'>;
	readonly saveSetting: RelayDeps['saveSetting'];
	readonly metrics: {
		relayState(relay: 'valkey', isUp: boolean, lag: number): void;
		eventsRelayed(relay: 'valkey', count: number): void;
	};
	readonly logger: { info(text: string): void; warn(facts: { readonly err?: Error }, text: string): void };
}

export function createRelays({ config, instance, metrics, logger, ...rest }: RelaysDeps): Relay {
	const { valkeyUrl: url } = config;
	let relay: Relay | undefined;
	return {
		async begin() {
			if (url === undefined) return;
			const { createRelay } = await import('./relay.ts');
			relay = createRelay({
				...rest,
				url,
				names: nameKeys(config.valkeyPrefix),
				source: sourceOf(instance),
				withOutput: config.valkeyOutput,
				streamLength: config.valkeyStreamLength,
				onState: (isUp, lag) => metrics.relayState('valkey', isUp, lag),
				onRelayed: (count) => metrics.eventsRelayed('valkey', count),
				onWarning: (where, err) => logger.warn({ ...(err && { err }) }, where),
				onNotice: (text) => logger.info(text),
			});
			await relay.begin();
		},
		stop: async () => relay?.stop(),
	};
}

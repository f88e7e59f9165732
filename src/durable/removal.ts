/** Removal: a root actor, with everything below it, gone in one commit. */

import { StatecraftError } from '../errors.ts';
import type { Writes } from './definition.ts';
import type { Delivery } from './delivery.ts';
import type { Gate } from './gate.ts';
import type { Population } from './population.ts';

/** Resolves after the commit. What was sent before is committed first, what was sent after is refused. */
export function removeActor(
	root: Gate,
	extra: Omit<Writes, 'messages'>,
	population: Population,
	delivery: Delivery,
): Promise<void> {
	return new Promise((resolve, reject) => {
		let gone: Gate[] = [];
		delivery.commit({
			owner: root,
			stage() {
				if (!root.live) {
					reject(new StatecraftError('actor_stopped', `${root.address} is gone`));
					return undefined;
				}
				// Not before now: steps ahead of this one in the batch may have spawned more.
				gone = population.tree(root);
				const { records, events } = extra;
				return {
					removed: gone.map(({ address }) => address),
					...(records && { records }),
					...(events && { events }),
				};
			},
			committed() {
				for (const gate of gone) population.remove(gate);
				delivery.forget(gone);
				root.actor.stop();
				resolve();
			},
			failed(error) {
				root.resetHead();
				reject(error);
			},
			unstage: () => root.resetHead(),
		});
	});
}

/** What every real agent must live through that dials in with `statecraft connect`. */

import { expect, it } from 'vitest';
import { type PresetKind, presets } from '../../src/agents/drivers/presets.ts';
import type { AgentName } from '../support/real-agents-cache.ts';
import { countUserText, describeRealFleet } from './real-fleet.ts';
import { createRemoteAgent } from './remote-agent.ts';

export function describeRemoteLife(name: AgentName & PresetKind, title: string): void {
	const { protocol, args } = presets[name];
	describeRealFleet(name, title, (fleet) => {
		it('[P4] keeps its session while its connection is cut, in idleness and in mid-turn, and its server is killed', async () => {
			const server = await fleet().serve();
			const { program, env, cwd } = fleet();
			const remote = await createRemoteAgent(server, { cwd, driver: { kind: protocol, transport: 'websocket' } });
			const run = remote.connect({ command: [program, ...args], env });
			await server.reached(remote.id, 'idle');
			const finish = async (text: string) => server.became((await server.ask(remote.id, text)).id, 'finished');
			expect(await finish('REPLY:the word is xylophone')).toMatchObject({ result: { text: 'the word is xylophone' } });
			const { sessionId } = await server.api.agent(remote.id);

			remote.wire.cut();
			await server.reachedAgain(remote.id, 'idle', 2);
			await finish('second REPLY:after the cut');

			const third = await server.ask(remote.id, 'third WAIT:600000 REPLY:never');
			const asked = await fleet().asked(server, 'third');
			const fourth = await server.ask(remote.id, 'fourth REPLY:still here');
			remote.wire.cut();
			expect(await server.became(fourth.id, 'finished')).toMatchObject({
				generation: 3,
				result: { text: 'still here' },
			});
			expect(await server.api.prompt(third.id)).toMatchObject({ status: 'interrupted' });
			await server.events.until('the model is left', () => asked.outcome === 'abandoned' || undefined);

			await server.crash();
			await run.printed(/ECONN|socket closed|hang up/);
			await server.boot();
			await server.reachedAgain(remote.id, 'idle', 4);
			await finish('fifth REPLY:after the crash');

			expect(await server.api.agent(remote.id)).toMatchObject({ sessionId, generation: 4, pid: null });
			const last = await fleet().asked(server, 'fifth');
			expect(JSON.stringify(last.body)).toContain('the word is xylophone');
			for (const text of ['second', 'third', 'fourth', 'fifth']) expect(countUserText(last, text)).toBe(1);
			await server.api.command(remote.id, 'stop', {});
			expect((await run.result).code).toBe(0);
		});
	});
}

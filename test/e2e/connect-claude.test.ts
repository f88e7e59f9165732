import { expect, it } from 'vitest';
import { presets } from '../../src/agents/drivers/presets.ts';
import { countUserText, describeRealFleet } from './real-fleet.ts';
import { createRemoteAgent } from './remote-agent.ts';
import { describeRemoteLife } from './remote-life.ts';

describeRemoteLife('claude', 'Claude Code that is connected from elsewhere');

describeRealFleet('claude', 'a second Claude Code with the same token', (fleet) => {
	it('[P4] is not asked to go on with a turn of the first, of which it knows nothing', async () => {
		const server = await fleet().serve();
		const { program, env, cwd } = fleet();
		const driver = { kind: 'stream-json', transport: 'websocket' };
		const remote = await createRemoteAgent(server, { cwd, driver, interruptedTurn: 'resume' });
		const command = [program, ...presets.claude.args];
		const first = remote.connect({ command, env });
		const { id } = await server.ask(remote.id, 'first WAIT:600000 REPLY:never');
		await fleet().asked(server, 'first');

		remote.connect({ command, env });
		await first.result;
		const next = await server.ask(remote.id, 'second REPLY:mine');
		expect(await server.became(next.id, 'finished')).toMatchObject({ result: { text: 'mine' } });
		expect(await server.api.prompt(id)).toMatchObject({ status: 'interrupted' });
		const turns = fleet().turns();
		expect(turns.filter((turn) => countUserText(turn, 'You were interrupted') > 0)).toEqual([]);
	});
});

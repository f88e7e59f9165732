/** What every real agent program must do with the tools it is offered, whatever its protocol. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeRealFleet, type RealFleet } from '../e2e/real-fleet.ts';
import type { AgentName } from '../support/real-agents-cache.ts';
import type { ServerProcess } from '../support/server-process.ts';

const question = 'CALL:ask_human {"question":"Which colour?","choices":["red","blue"]}';

/** @param asksForMessages whether the program asks for permission before it sets another agent to work */
export function describeCalls(name: AgentName, title: string, asksForMessages: boolean): void {
	describeRealFleet(name, title, (fleet) => {
		it('asks a human by a tool, tells the model what the tool said, and gets the answer as a prompt', async () => {
			const server = await fleet().serve();
			const agent = await fleet().hire(server);
			const prompt = await server.ask(agent.id, question);
			const open = await server.request(agent.id);
			expect(open).toMatchObject({ kind: 'question', title: 'Which colour?', agentId: agent.id });

			const { result } = await server.became(prompt.id, 'finished');
			expect(result?.text).toContain(`Your question was put to a human as request ${open.id}`);

			await server.api.answer(open.id, { optionId: 'blue' });
			await fleet().asked(server, 'Answer: blue');
		});

		it('has its tools again, with a new token, when its session is taken up by another process', async () => {
			const server = await fleet().serve();
			const agent = await fleet().hire(server, { interruptedTurn: 'resume' });
			await server.became((await server.ask(agent.id, 'REPLY:the word is xylophone')).id, 'finished');
			await server.crash();
			await server.boot();
			await server.reachedAgain(agent.id, 'idle', 2);
			const prompt = await server.ask(agent.id, question);
			const open = await server.request(agent.id);
			expect((await server.became(prompt.id, 'finished')).result?.text).toContain(open.id);
			expect(JSON.stringify(fleet().turns().at(-1)?.body)).toContain('xylophone');
		});

		it('sends a message to another agent, and shows nobody its token', async () => {
			const server = await fleet().serve();
			const receiver = await server.create('receiver');
			await server.reached(receiver.id, 'idle');
			const agent = await fleet().hire(server);
			const prompt = await server.ask(agent.id, 'CALL:send_message {"agent":"receiver","text":"say hello"}');
			if (asksForMessages) await allow(server, agent.id);
			expect((await server.became(prompt.id, 'finished')).result?.text).toContain('The message waits for receiver');
			await server.events.until('the message is read', () =>
				server.events.ofTopic('prompt.finished').find(({ agentId }) => agentId === receiver.id),
			);
			expect(commandLine((await server.api.agent(agent.id)).pid)).not.toContain('scr_');
			expect(JSON.stringify(server.events.seen)).not.toContain('scr_');
			expectNoToken(fleet());
		});
	});
}

async function allow(server: ServerProcess, agentId: string): Promise<void> {
	const request = await server.request(agentId);
	expect(request).toMatchObject({ kind: 'permission', detail: { toolName: 'mcp__statecraft__send_message' } });
	await server.api.answer(request.id, { optionId: 'allow_once' });
}

/** What everybody on the host can read; empty where the system does not show it so. */
function commandLine(pid: number | null): string {
	if (process.platform !== 'linux') return '';
	return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
}

/** Nothing that the program asks its model. */
function expectNoToken({ model }: RealFleet): void {
	expect(JSON.stringify(model.requests.map(({ body }) => body))).not.toContain('scr_');
}

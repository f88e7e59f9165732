/**
 * A program of its own for tests: an ACP agent that tries whatever might do harm on a page that shows it.
 * A prompt names what to try; `everything` tries all and asks for permission at the end.
 */
import { Readable, Writable } from 'node:stream';
import { type AgentContext, agent, ndJsonStream, type SessionNotification } from '@agentclientprotocol/sdk';
import { hostileText, type Mischief, mischiefs } from './hostile-text.ts';

const sessionId = 'ses_hostile';

async function misbehave(client: AgentContext, mischief: Mischief): Promise<void> {
	const text = hostileText(mischief);
	const update = (update: SessionNotification['update']) => client.notify('session/update', { sessionId, update });
	const content = { type: 'text', text } as const;
	const toolCallId = `call_${mischief}`;
	await update({ sessionUpdate: 'agent_thought_chunk', content });
	await update({ sessionUpdate: 'tool_call', toolCallId, title: text, kind: 'execute', rawInput: { command: text } });
	await update({ sessionUpdate: 'tool_call_update', toolCallId, status: 'completed', rawOutput: { output: text } });
	await update({ sessionUpdate: 'plan', entries: [{ content: text, priority: 'high', status: 'in_progress' }] });
	await update({ sessionUpdate: 'agent_message_chunk', content, messageId: `msg_${mischief}` });
}

async function askPermission(client: AgentContext): Promise<void> {
	const text = hostileText('markup');
	const toolCall = { toolCallId: 'call_asked', title: text, kind: 'execute', rawInput: { command: text } } as const;
	const options = [
		{ optionId: 'yes', name: text, kind: 'allow_once' },
		{ optionId: 'no', name: 'No', kind: 'reject_once' },
	] as const;
	await client.request('session/request_permission', { sessionId, toolCall, options: [...options] });
}

const app = agent({ name: 'hostile' })
	.onRequest('initialize', () => ({ protocolVersion: 1, agentCapabilities: {}, authMethods: [] }))
	.onRequest('session/new', () => ({ sessionId }))
	.onRequest('session/prompt', async ({ params, client }) => {
		const [block] = params.prompt;
		const wanted = block?.type === 'text' ? block.text : '';
		for (const mischief of mischiefs)
			if (wanted === 'everything' || wanted === mischief) await misbehave(client, mischief);
		if (wanted === 'everything') await askPermission(client);
		return { stopReason: 'end_turn' };
	});

const input = Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>;
await app.connect(ndJsonStream(Writable.toWeb(process.stdout), input)).closed;
process.exit(0);

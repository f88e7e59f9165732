/** A prompt in the words of stream-json. */
import { randomUUID } from 'node:crypto';
import type { ContentBlock } from './driver.ts';

/** Builds the user message, under a uuid of its own so that its echo can be told from others. */
export function encodePrompt(content: readonly ContentBlock[], sessionId: string | null): string {
	return JSON.stringify({
		type: 'user',
		message: { role: 'user', content: encodeContent(content) },
		parent_tool_use_id: null,
		session_id: sessionId ?? '',
		uuid: randomUUID(),
	});
}

function encodeContent(content: readonly ContentBlock[]): unknown {
	const [only, ...others] = content;
	// Slash commands are only known as such in a plain string.
	if (only?.type === 'text' && others.length === 0) return only.text;
	return content.map(encodeBlock);
}

function encodeBlock(block: ContentBlock): unknown {
	switch (block.type) {
		case 'text':
			return { type: 'text', text: block.text };
		case 'image':
			return { type: 'image', source: { type: 'base64', media_type: block.mimeType, data: block.data } };
		case 'resource_link':
			return { type: 'text', text: `[${block.name}](${block.uri})` };
		default:
			return block satisfies never;
	}
}

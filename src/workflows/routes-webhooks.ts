/**
 * The route for webhooks: open to everybody, and good for those who can sign. To anybody else a workflow
 * that is not there looks like one whose secret they do not know: the same answer, after the same work.
 */

import { randomBytes } from 'node:crypto';
import { StatecraftError } from '../errors.ts';
import { type Route, route } from '../http/route.ts';
import type { WorkflowRouteDeps } from './route-answers.ts';
import { deliveryResource, webhookParams } from './schemas-queues.ts';
import type { WebhookDelivery, WorkflowService } from './service.ts';
import { verifySignature } from './webhook-signature.ts';

const decoySecret = randomBytes(32).toString('hex');
const howToSign =
	'Sign the raw body with the secret of a workflow that takes webhooks: X-Hub-Signature-256 or X-Statecraft-Signature, `sha256=` and the HMAC-SHA256 in hex';

const receiveWebhook = route(
	{
		method: 'post',
		path: '/webhooks/{workflowId}',
		scope: 'public',
		tag: 'webhooks',
		summary:
			"Deliver a webhook, signed in place of a token with the workflow's secret: `X-Hub-Signature-256` or `X-Statecraft-Signature: sha256=<HMAC-SHA256 of the raw body, hex>`. A workflow that is not there answers `signature_invalid` too, so that ids cannot be probed",
		params: webhookParams,
		rawBody: true,
		responses: {
			200: { description: 'It was delivered before', schema: deliveryResource },
			202: { description: 'What became of it', schema: deliveryResource },
		},
		errors: ['signature_invalid', 'workflow_disabled', 'malformed_json'],
	},
	async ({ params, rawBody, header }, { workflows }: WorkflowRouteDeps) => {
		const { outcome, dispatchId } = await receive(workflows, params.workflowId, { rawBody, header });
		return { status: outcome === 'repeated' ? 200 : 202, body: { outcome, dispatchId } };
	},
);

async function receive(workflows: Pick<WorkflowService, 'receiveWebhook'>, id: string, delivery: WebhookDelivery) {
	try {
		return await workflows.receiveWebhook(id, delivery);
	} catch (thrown) {
		const code = thrown instanceof StatecraftError ? thrown.code : undefined;
		if (code === 'workflow_not_found') refuseDecoy(delivery);
		else if (code !== 'signature_invalid') throw thrown;
		throw new StatecraftError('signature_invalid', howToSign, {}, { cause: thrown });
	}
}

/** Checks the signature with a secret that nobody knows, for what that takes grows with the body. */
function refuseDecoy(delivery: WebhookDelivery): void {
	try {
		verifySignature({ ...delivery, secret: decoySecret, source: 'any' });
	} catch {
		// As it must: the caller answers what every wrong signature is answered.
	}
}

export const webhookRoutes: ReadonlyArray<Route<WorkflowRouteDeps>> = [receiveWebhook];

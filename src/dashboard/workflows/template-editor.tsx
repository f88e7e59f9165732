/** A template, beside what it makes of an item: rendered by the server, as a dispatch would be. */

import { useState } from 'react';
import { ErrorNote } from '../components/error-note.tsx';
import { Field } from '../components/field.tsx';
import { useLoaded } from '../connection/loaded.ts';
import { showInvisible } from '../content/visible-text.ts';
import { useSettled } from './settled.ts';
import { readRefusal } from './workflow-problems.ts';

export interface TemplateEditorProps {
	readonly template: string;
	readonly agentId: string;
	readonly workflowName: string;
	readonly problem: string | undefined;
	readonly onChange: (template: string) => void;
}

export function TemplateEditor({ template, agentId, workflowName, problem, onChange }: TemplateEditorProps) {
	const [item, setItem] = useState({ title: 'It crashes on start', body: 'Since yesterday, on every machine.' });
	const asked = useSettled(
		JSON.stringify({
			template,
			item,
			...(agentId !== '' && { agent: agentId }),
			...(workflowName.trim() !== '' && { workflowName: workflowName.trim() }),
		}),
	);
	const { data, error, isLoading } = useLoaded(template.trim() === '' ? null : asked, (api, signal) =>
		api.post<{ text: string }>('/workflows/preview', JSON.parse(asked), { signal }),
	);
	const refusal = readRefusal(error, { type: 'manual' });
	return (
		<div className="template-editor">
			<Field
				label="Template"
				hint="Liquid: item.title, item.body, item.url, item.labels, item.metadata, agent.name, workflow.name. What an item says is data, never template."
				problem={problem ?? refusal.problems.template}
			>
				<textarea
					className="mono"
					rows={12}
					spellCheck={false}
					value={template}
					onChange={(event) => onChange(event.target.value)}
				/>
			</Field>
			<section className="template-preview" aria-label="Preview">
				<div className="workflow-pair">
					<Field label="Example title">
						<input
							type="text"
							value={item.title}
							onChange={(event) => setItem({ ...item, title: event.target.value })}
						/>
					</Field>
					<Field label="Example body">
						<input type="text" value={item.body} onChange={(event) => setItem({ ...item, body: event.target.value })} />
					</Field>
				</div>
				<p className="template-preview-title">What the agent would get</p>
				{refusal.problems.template !== undefined && (
					<p className="muted">Shown once the template is mended: what is wrong is said below it.</p>
				)}
				{error ? (
					<ErrorNote error={refusal.rest} />
				) : (
					<pre aria-busy={isLoading} aria-live="polite">
						{showInvisible(data?.text ?? '')}
					</pre>
				)}
			</section>
		</div>
	);
}

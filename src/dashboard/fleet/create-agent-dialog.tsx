/** The dialog that makes an agent. */

import './create-agent-dialog.css';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Button } from '../components/button.tsx';
import { Dialog, DialogActions } from '../components/dialog.tsx';
import { ErrorNote } from '../components/error-note.tsx';
import { Field } from '../components/field.tsx';
import { ApiError, createKey } from '../connection/api.ts';
import { useApi, usePage } from '../connection/session-context.ts';
import { selectAgents } from '../store/selectors.ts';
import { AdvancedFields } from './advanced-fields.tsx';
import { type CreatedAgent, createAgent, type DriverOffer, listDrivers, readHost } from './agent-creation.ts';
import { DriverFields } from './driver-fields.tsx';
import {
	emptyForm,
	type FormProblems,
	findProblems,
	findServerProblems,
	type NewAgentForm,
	renderBody,
	suggestName,
} from './new-agent.ts';

export interface CreateAgentDialogProps {
	readonly onCreated: (agent: CreatedAgent) => void;
	readonly onClose: () => void;
}

export function CreateAgentDialog({ onCreated, onClose }: CreateAgentDialogProps) {
	const api = useApi();
	const agents = usePage(selectAgents);
	const { drivers, cwd, error: loadError } = useOffers();
	const [form, setForm] = useState(emptyForm);
	const [problems, setProblems] = useState<FormProblems>({});
	const [error, setError] = useState<unknown>(null);
	const [busy, setBusy] = useState(false);
	const key = useRef(createKey());
	const shown: NewAgentForm = { ...form, cwd: form.cwd === '' ? cwd : form.cwd };

	function change(part: Partial<NewAgentForm>): void {
		setForm({ ...form, ...part });
		setProblems((known) => Object.fromEntries(Object.entries(known).filter(([field]) => !(field in part))));
		key.current = createKey();
	}

	function chooseDriver(driver: NonNullable<NewAgentForm['driver']>): void {
		const taken = new Set(agents.map(({ name }) => name));
		const base = driver.type === 'preset' ? driver.kind : 'agent';
		const isSuggested = form.name === '' || /^(agent|[a-z]+)(-\d+)?$/.test(form.name);
		change({ driver, ...(isSuggested && { name: suggestName(base, taken) }) });
	}

	async function submit(event: FormEvent): Promise<void> {
		event.preventDefault();
		const found = findProblems(shown);
		setProblems(found);
		setError(null);
		if (busy || Object.keys(found).length > 0) return;
		setBusy(true);
		try {
			onCreated(await createAgent(api, renderBody(shown), key.current));
		} catch (thrown) {
			setError(thrown);
			if (thrown instanceof ApiError) setProblems(findServerProblems(thrown));
			setBusy(false);
		}
	}

	return (
		<Dialog title="Create an agent" size="wide" onClose={onClose}>
			<form onSubmit={submit} noValidate>
				<ErrorNote error={loadError} />
				<DriverFields form={form} drivers={drivers} problems={problems} onChoose={chooseDriver} onChange={change} />
				<div className="field-pair">
					<Field label="Name" problem={problems.name}>
						<input
							type="text"
							autoComplete="off"
							maxLength={100}
							value={form.name}
							onChange={(event) => change({ name: event.target.value })}
						/>
					</Field>
					<Field label="Working directory" hint="On the host that runs it" problem={problems.cwd}>
						<input
							type="text"
							className="mono"
							list="known-directories"
							spellCheck={false}
							value={shown.cwd}
							onChange={(event) => change({ cwd: event.target.value })}
						/>
					</Field>
				</div>
				<datalist id="known-directories">
					{[...new Set([cwd, ...agents.map((agent) => agent.cwd)])].map((path) => (
						<option key={path} value={path} />
					))}
				</datalist>
				<Field label="First prompt (optional)">
					<textarea
						rows={3}
						value={form.prompt}
						placeholder={
							form.driver?.type === 'preset' && form.driver.kind === 'demo'
								? 'say hello; tool read; permission write a file'
								: undefined
						}
						onChange={(event) => change({ prompt: event.target.value })}
					/>
				</Field>
				<AdvancedFields form={form} problems={problems} onChange={change} />
				<ErrorNote error={error} />
				<DialogActions>
					<Button onClick={onClose}>Cancel</Button>
					<Button type="submit" look="primary" busy={busy}>
						Create
					</Button>
				</DialogActions>
			</form>
		</Dialog>
	);
}

interface Offers {
	/** Null while they are looked for. */
	readonly drivers: readonly DriverOffer[] | null;
	/** The server's working directory: where most first agents are to work. */
	readonly cwd: string;
	readonly error: unknown;
}

function useOffers(): Offers {
	const api = useApi();
	const [offers, setOffers] = useState<Offers>({ drivers: null, cwd: '', error: null });
	useEffect(() => {
		const controller = new AbortController();
		const { signal } = controller;
		Promise.all([listDrivers(api, signal), readHost(api, signal)])
			.then(([drivers, { cwd }]) => setOffers({ drivers, cwd, error: null }))
			.catch((error: unknown) => {
				if (!signal.aborted) setOffers({ drivers: [], cwd: '', error });
			});
		return () => controller.abort();
	}, [api]);
	return offers;
}

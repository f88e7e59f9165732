/** What is written without a transition: signs of life, which would drown the journal, and settings. */
export interface SideWrites {
	/** Notes when agents were last heard of; of several times for one agent the last counts. */
	touchAgents(touches: ReadonlyArray<{ readonly id: string; readonly at: number }>): Promise<void>;
	/** Sets a fact about the installation. */
	saveSetting(id: string, value: string): Promise<void>;
}

import { describeCalls } from './real-agent-calls.ts';

describeCalls('claude', 'Claude Code that calls back', true);

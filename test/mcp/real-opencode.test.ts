// It asks before tools of its own alone.
import { describeCalls } from './real-agent-calls.ts';

describeCalls('opencode', 'opencode that calls back', false);

import { describeLife } from './real-agent-life.ts';

describeLife('claude', 'Claude Code on a real server', 500);

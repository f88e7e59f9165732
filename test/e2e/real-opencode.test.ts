import { describeLife } from './real-agent-life.ts';

// It tries again for as long as a server's error may pass.
describeLife('opencode', 'opencode on a real server', 400);

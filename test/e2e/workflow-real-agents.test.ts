import { describeWorkflows } from './real-workflow-life.ts';

describeWorkflows('opencode', 'workflows of opencode');
describeWorkflows('claude', 'workflows of Claude Code');

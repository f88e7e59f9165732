-- people-and-tasks: Tasks, supervisors with their checkpoints, the audit, and tool policies of single turns.

-- AlterTable
ALTER TABLE "prompts" ADD COLUMN "policy" TEXT;

-- CreateTable
CREATE TABLE "tasks" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "description" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "agent_id" TEXT,
    "supervisor_id" TEXT,
    "repository" TEXT NOT NULL,
    "branch" TEXT NOT NULL,
    "worktree" TEXT NOT NULL,
    "base_branch" TEXT NOT NULL,
    "depends_on" TEXT NOT NULL,
    "priority" INTEGER NOT NULL,
    "gates" TEXT NOT NULL,
    "gate_results" TEXT,
    "conflicts" TEXT NOT NULL,
    "comment" TEXT,
    "error" TEXT,
    "merge_commit" TEXT,
    "version" INTEGER NOT NULL,
    "heartbeat_at" BIGINT,
    "state_changed_at" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "supervisors" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "agent_id" TEXT NOT NULL,
    "mission" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "current_activity" TEXT,
    "progress" INTEGER NOT NULL,
    "error_message" TEXT,
    "spawned_task_ids" TEXT NOT NULL,
    "pending_questions" TEXT NOT NULL,
    "has_pending_questions" BOOLEAN NOT NULL,
    "restoration_count" INTEGER NOT NULL,
    "last_restored_at" BIGINT,
    "restoration_source" TEXT,
    "version" INTEGER NOT NULL,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,
    CONSTRAINT "supervisors_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "checkpoints" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "supervisor_id" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "context" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    CONSTRAINT "checkpoints_supervisor_id_fkey" FOREIGN KEY ("supervisor_id") REFERENCES "supervisors" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "audit_entries" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "at" BIGINT NOT NULL,
    "by" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "agent_id" TEXT,
    "subject" TEXT,
    "reason" TEXT,
    "detail" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "tasks_state_priority_id_idx" ON "tasks"("state", "priority" DESC, "id");

-- CreateIndex
CREATE INDEX "tasks_agent_id_state_idx" ON "tasks"("agent_id", "state");

-- CreateIndex
CREATE INDEX "tasks_supervisor_id_idx" ON "tasks"("supervisor_id");

-- CreateIndex
CREATE INDEX "supervisors_state_id_idx" ON "supervisors"("state", "id");

-- CreateIndex
CREATE INDEX "supervisors_has_pending_questions_id_idx" ON "supervisors"("has_pending_questions", "id");

-- CreateIndex
CREATE INDEX "supervisors_agent_id_idx" ON "supervisors"("agent_id");

-- CreateIndex
CREATE INDEX "checkpoints_supervisor_id_id_idx" ON "checkpoints"("supervisor_id", "id");

-- CreateIndex
CREATE INDEX "audit_entries_agent_id_id_idx" ON "audit_entries"("agent_id", "id");

-- CreateIndex
CREATE INDEX "audit_entries_action_id_idx" ON "audit_entries"("action", "id");

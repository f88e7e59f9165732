-- init: the same tables as on SQLite, and who may write

-- CreateTable
CREATE TABLE "actors" (
    "address" TEXT COLLATE "C" NOT NULL,
    "parent" TEXT COLLATE "C",
    "source" TEXT COLLATE "C",
    "machine_id" TEXT COLLATE "C" NOT NULL,
    "machine_version" INTEGER NOT NULL,
    "definition_hash" TEXT COLLATE "C" NOT NULL,
    "version" INTEGER NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "snapshot" TEXT COLLATE "C" NOT NULL,
    "quarantine" TEXT COLLATE "C",

    CONSTRAINT "actors_pkey" PRIMARY KEY ("address")
);

-- CreateTable
CREATE TABLE "transitions" (
    "seq" BIGINT NOT NULL,
    "address" TEXT COLLATE "C" NOT NULL,
    "version" INTEGER NOT NULL,
    "from" TEXT COLLATE "C",
    "to" TEXT COLLATE "C" NOT NULL,
    "event" TEXT COLLATE "C" NOT NULL,
    "trigger" TEXT COLLATE "C",
    "cause" TEXT COLLATE "C" NOT NULL,
    "generation" INTEGER,
    "at" BIGINT NOT NULL,
    "block" INTEGER NOT NULL,

    CONSTRAINT "transitions_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "timers" (
    "address" TEXT COLLATE "C" NOT NULL,
    "id" TEXT COLLATE "C" NOT NULL,
    "target" TEXT COLLATE "C" NOT NULL,
    "event" TEXT COLLATE "C" NOT NULL,
    "due_at" BIGINT NOT NULL,

    CONSTRAINT "timers_pkey" PRIMARY KEY ("address","id")
);

-- CreateTable
CREATE TABLE "effects" (
    "id" TEXT COLLATE "C" NOT NULL,
    "address" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "params" TEXT COLLATE "C" NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" BIGINT,
    "last_error" TEXT COLLATE "C",
    "seq" BIGINT NOT NULL,

    CONSTRAINT "effects_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "messages" (
    "seq" BIGINT NOT NULL,
    "id" TEXT COLLATE "C" NOT NULL,
    "from" TEXT COLLATE "C" NOT NULL,
    "to" TEXT COLLATE "C" NOT NULL,
    "event" TEXT COLLATE "C" NOT NULL,
    "sent_at" BIGINT NOT NULL,

    CONSTRAINT "messages_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "events" (
    "seq" BIGINT NOT NULL,
    "topic" TEXT COLLATE "C" NOT NULL,
    "agent_id" TEXT COLLATE "C",
    "at" BIGINT NOT NULL,
    "data" TEXT COLLATE "C" NOT NULL,
    "block" INTEGER NOT NULL,

    CONSTRAINT "events_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "agents" (
    "id" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "driver" TEXT COLLATE "C" NOT NULL,
    "cwd" TEXT COLLATE "C" NOT NULL,
    "auto_start" BOOLEAN NOT NULL,
    "restart" TEXT COLLATE "C" NOT NULL,
    "interrupted_turn" TEXT COLLATE "C" NOT NULL,
    "policy" TEXT COLLATE "C",
    "budget" TEXT COLLATE "C",
    "labels" TEXT COLLATE "C" NOT NULL,
    "connect_token_hash" TEXT COLLATE "C",
    "execution_state" TEXT COLLATE "C" NOT NULL,
    "substate" TEXT COLLATE "C",
    "status" TEXT COLLATE "C" NOT NULL,
    "tags" TEXT COLLATE "C" NOT NULL,
    "version" INTEGER NOT NULL,
    "generation" INTEGER NOT NULL,
    "pid" INTEGER,
    "session_id" TEXT COLLATE "C",
    "queued_prompts" INTEGER NOT NULL,
    "open_requests" INTEGER NOT NULL,
    "error" TEXT COLLATE "C",
    "usage" TEXT COLLATE "C",
    "started_at" BIGINT,
    "completed_at" BIGINT,
    "state_changed_at" BIGINT NOT NULL,
    "last_seen_at" BIGINT,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,

    CONSTRAINT "agents_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "runs" (
    "id" TEXT COLLATE "C" NOT NULL,
    "agent_id" TEXT COLLATE "C" NOT NULL,
    "generation" INTEGER NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "pid" INTEGER,
    "process_start" TEXT COLLATE "C",
    "started_at" BIGINT NOT NULL,
    "completed_at" BIGINT,
    "exit_code" INTEGER,
    "signal" TEXT COLLATE "C",
    "error" TEXT COLLATE "C",

    CONSTRAINT "runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "prompts" (
    "id" TEXT COLLATE "C" NOT NULL,
    "agent_id" TEXT COLLATE "C" NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "text" TEXT COLLATE "C" NOT NULL,
    "content" TEXT COLLATE "C",
    "idempotency_key" TEXT COLLATE "C",
    "repeatable" BOOLEAN NOT NULL,
    "generation" INTEGER,
    "result" TEXT COLLATE "C",
    "error" TEXT COLLATE "C",
    "created_at" BIGINT NOT NULL,
    "started_at" BIGINT,
    "finished_at" BIGINT,
    "policy" TEXT COLLATE "C",

    CONSTRAINT "prompts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "requests" (
    "id" TEXT COLLATE "C" NOT NULL,
    "agent_id" TEXT COLLATE "C" NOT NULL,
    "run_id" TEXT COLLATE "C",
    "prompt_id" TEXT COLLATE "C",
    "key" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "title" TEXT COLLATE "C" NOT NULL,
    "detail" TEXT COLLATE "C" NOT NULL,
    "options" TEXT COLLATE "C" NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "answer" TEXT COLLATE "C",
    "answered_by" TEXT COLLATE "C",
    "asked_at" BIGINT NOT NULL,
    "deadline_at" BIGINT,
    "settled_at" BIGINT,
    "note" TEXT COLLATE "C",

    CONSTRAINT "requests_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "workflows" (
    "id" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "agent_id" TEXT COLLATE "C" NOT NULL,
    "trigger" TEXT COLLATE "C" NOT NULL,
    "template" TEXT COLLATE "C" NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "policy" TEXT COLLATE "C",
    "retry" TEXT COLLATE "C" NOT NULL,
    "revision" INTEGER NOT NULL,
    "cursor" TEXT COLLATE "C",
    "runner_state" TEXT COLLATE "C",
    "runner_next_at" BIGINT,
    "runner_error" TEXT COLLATE "C",
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,

    CONSTRAINT "workflows_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "dispatches" (
    "id" TEXT COLLATE "C" NOT NULL,
    "workflow_id" TEXT COLLATE "C" NOT NULL,
    "source_id" TEXT COLLATE "C" NOT NULL,
    "live_key" TEXT COLLATE "C",
    "title" TEXT COLLATE "C" NOT NULL,
    "item" TEXT COLLATE "C" NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "priority" INTEGER NOT NULL,
    "attempts" INTEGER NOT NULL,
    "max_attempts" INTEGER NOT NULL,
    "next_attempt_at" BIGINT,
    "prompt_id" TEXT COLLATE "C",
    "queue_item_id" TEXT COLLATE "C",
    "error" TEXT COLLATE "C",
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,
    "finished_at" BIGINT,

    CONSTRAINT "dispatches_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "queue_items" (
    "id" TEXT COLLATE "C" NOT NULL,
    "queue" TEXT COLLATE "C" NOT NULL,
    "key" TEXT COLLATE "C",
    "item" TEXT COLLATE "C" NOT NULL,
    "priority" INTEGER NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "workflow_id" TEXT COLLATE "C",
    "dispatch_id" TEXT COLLATE "C",
    "visible_at" BIGINT,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,

    CONSTRAINT "queue_items_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "agent_groups" (
    "id" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "strategy" TEXT COLLATE "C" NOT NULL,
    "members" TEXT COLLATE "C" NOT NULL,
    "max_restarts" INTEGER NOT NULL,
    "within_seconds" DOUBLE PRECISION NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "version" INTEGER NOT NULL,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,

    CONSTRAINT "agent_groups_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tasks" (
    "id" TEXT COLLATE "C" NOT NULL,
    "description" TEXT COLLATE "C" NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "agent_id" TEXT COLLATE "C",
    "supervisor_id" TEXT COLLATE "C",
    "repository" TEXT COLLATE "C" NOT NULL,
    "branch" TEXT COLLATE "C" NOT NULL,
    "worktree" TEXT COLLATE "C" NOT NULL,
    "base_branch" TEXT COLLATE "C" NOT NULL,
    "depends_on" TEXT COLLATE "C" NOT NULL,
    "priority" INTEGER NOT NULL,
    "gates" TEXT COLLATE "C" NOT NULL,
    "gate_results" TEXT COLLATE "C",
    "conflicts" TEXT COLLATE "C" NOT NULL,
    "comment" TEXT COLLATE "C",
    "error" TEXT COLLATE "C",
    "merge_commit" TEXT COLLATE "C",
    "version" INTEGER NOT NULL,
    "heartbeat_at" BIGINT,
    "state_changed_at" BIGINT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,

    CONSTRAINT "tasks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "supervisors" (
    "id" TEXT COLLATE "C" NOT NULL,
    "agent_id" TEXT COLLATE "C" NOT NULL,
    "mission" TEXT COLLATE "C" NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "current_activity" TEXT COLLATE "C",
    "progress" INTEGER NOT NULL,
    "error_message" TEXT COLLATE "C",
    "spawned_task_ids" TEXT COLLATE "C" NOT NULL,
    "pending_questions" TEXT COLLATE "C" NOT NULL,
    "has_pending_questions" BOOLEAN NOT NULL,
    "restoration_count" INTEGER NOT NULL,
    "last_restored_at" BIGINT,
    "restoration_source" TEXT COLLATE "C",
    "version" INTEGER NOT NULL,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,

    CONSTRAINT "supervisors_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "checkpoints" (
    "id" TEXT COLLATE "C" NOT NULL,
    "supervisor_id" TEXT COLLATE "C" NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL,
    "context" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,

    CONSTRAINT "checkpoints_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_entries" (
    "id" TEXT COLLATE "C" NOT NULL,
    "at" BIGINT NOT NULL,
    "by" TEXT COLLATE "C" NOT NULL,
    "action" TEXT COLLATE "C" NOT NULL,
    "agent_id" TEXT COLLATE "C",
    "subject" TEXT COLLATE "C",
    "reason" TEXT COLLATE "C",
    "detail" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tokens" (
    "id" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "hash" TEXT COLLATE "C" NOT NULL,
    "scopes" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,

    CONSTRAINT "tokens_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "id" TEXT COLLATE "C" NOT NULL,
    "hash" TEXT COLLATE "C" NOT NULL,
    "resource" TEXT COLLATE "C" NOT NULL,
    "status" INTEGER NOT NULL,
    "created_at" BIGINT NOT NULL,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "settings" (
    "id" TEXT COLLATE "C" NOT NULL,
    "value" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "settings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "numbering" (
    "id" INTEGER NOT NULL,
    "journal" BIGINT NOT NULL,
    "message" BIGINT NOT NULL,
    "event" BIGINT NOT NULL,
    "effect" BIGINT NOT NULL,

    CONSTRAINT "numbering_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "writers" (
    "id" TEXT COLLATE "C" NOT NULL,
    "commits" BIGINT NOT NULL,

    CONSTRAINT "writers_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "actors_parent_idx" ON "actors"("parent");

-- CreateIndex
CREATE INDEX "actors_quarantine_idx" ON "actors"("quarantine");

-- CreateIndex
CREATE INDEX "transitions_block_address_idx" ON "transitions"("block", "address");

-- CreateIndex
CREATE INDEX "timers_due_at_idx" ON "timers"("due_at");

-- CreateIndex
CREATE INDEX "effects_address_idx" ON "effects"("address");

-- CreateIndex
CREATE UNIQUE INDEX "messages_id_key" ON "messages"("id");

-- CreateIndex
CREATE INDEX "messages_to_idx" ON "messages"("to");

-- CreateIndex
CREATE INDEX "events_block_agent_id_idx" ON "events"("block", "agent_id");

-- CreateIndex
CREATE UNIQUE INDEX "agents_name_key" ON "agents"("name");

-- CreateIndex
CREATE INDEX "agents_execution_state_idx" ON "agents"("execution_state");

-- CreateIndex
CREATE UNIQUE INDEX "runs_agent_id_generation_key" ON "runs"("agent_id", "generation");

-- CreateIndex
CREATE INDEX "prompts_agent_id_created_at_idx" ON "prompts"("agent_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "prompts_agent_id_idempotency_key_key" ON "prompts"("agent_id", "idempotency_key");

-- CreateIndex
CREATE INDEX "requests_status_asked_at_idx" ON "requests"("status", "asked_at");

-- CreateIndex
CREATE INDEX "requests_agent_id_status_idx" ON "requests"("agent_id", "status");

-- CreateIndex
CREATE UNIQUE INDEX "workflows_name_key" ON "workflows"("name");

-- CreateIndex
CREATE INDEX "workflows_agent_id_enabled_idx" ON "workflows"("agent_id", "enabled");

-- CreateIndex
CREATE INDEX "dispatches_workflow_id_next_attempt_at_priority_id_idx" ON "dispatches"("workflow_id", "next_attempt_at", "priority", "id");

-- CreateIndex
CREATE INDEX "dispatches_workflow_id_id_idx" ON "dispatches"("workflow_id", "id");

-- CreateIndex
CREATE INDEX "dispatches_workflow_id_status_id_idx" ON "dispatches"("workflow_id", "status", "id");

-- CreateIndex
CREATE UNIQUE INDEX "dispatches_workflow_id_live_key_key" ON "dispatches"("workflow_id", "live_key");

-- CreateIndex
CREATE INDEX "queue_items_queue_priority_id_idx" ON "queue_items"("queue", "priority" DESC, "id");

-- CreateIndex
CREATE INDEX "queue_items_queue_status_priority_id_idx" ON "queue_items"("queue", "status", "priority" DESC, "id");

-- CreateIndex
CREATE INDEX "queue_items_queue_visible_at_idx" ON "queue_items"("queue", "visible_at");

-- CreateIndex
CREATE UNIQUE INDEX "queue_items_queue_key_key" ON "queue_items"("queue", "key");

-- CreateIndex
CREATE UNIQUE INDEX "agent_groups_name_key" ON "agent_groups"("name");

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

-- CreateIndex
CREATE UNIQUE INDEX "tokens_name_key" ON "tokens"("name");

-- CreateIndex
CREATE UNIQUE INDEX "tokens_hash_key" ON "tokens"("hash");

-- CreateIndex
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys"("created_at");

-- AddForeignKey
ALTER TABLE "runs" ADD CONSTRAINT "runs_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "prompts" ADD CONSTRAINT "prompts_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "requests" ADD CONSTRAINT "requests_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "workflows" ADD CONSTRAINT "workflows_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dispatches" ADD CONSTRAINT "dispatches_workflow_id_fkey" FOREIGN KEY ("workflow_id") REFERENCES "workflows"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "supervisors" ADD CONSTRAINT "supervisors_agent_id_fkey" FOREIGN KEY ("agent_id") REFERENCES "agents"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "checkpoints" ADD CONSTRAINT "checkpoints_supervisor_id_fkey" FOREIGN KEY ("supervisor_id") REFERENCES "supervisors"("id") ON DELETE CASCADE ON UPDATE CASCADE;

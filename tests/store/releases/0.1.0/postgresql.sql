CREATE TABLE public.adapter_secrets (
    adapter text NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    value text NOT NULL,
    valid_until double precision
);
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.allowances (
    key text NOT NULL,
    full_at double precision NOT NULL,
    window_seconds double precision NOT NULL,
    told_until double precision NOT NULL
);
CREATE TABLE public.choices (
    scope text NOT NULL,
    person text,
    bot text,
    start text NOT NULL,
    chosen_at double precision NOT NULL
);
CREATE TABLE public.dedupe_keys (
    adapter text NOT NULL,
    key text NOT NULL,
    seen_at double precision NOT NULL
);
CREATE TABLE public.engaged_threads (
    place text NOT NULL,
    used_at double precision NOT NULL
);
CREATE TABLE public.former_chats (
    adapter text NOT NULL,
    chat text NOT NULL,
    former text NOT NULL,
    moved_at double precision NOT NULL
);
CREATE TABLE public.inbox (
    id bigint NOT NULL,
    adapter text NOT NULL,
    person text NOT NULL,
    queue_key text NOT NULL,
    scope text NOT NULL,
    status smallint NOT NULL,
    due double precision DEFAULT '0'::double precision NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    retries integer DEFAULT 0 NOT NULL,
    lease_owner text,
    epoch integer DEFAULT 0 NOT NULL,
    lease_until double precision,
    accepted_at double precision NOT NULL,
    finished_at double precision,
    message text,
    edit text,
    stage text DEFAULT 'accepted'::text NOT NULL,
    bot text,
    conversation_id text,
    chat_id text,
    answer text,
    follow_ups text DEFAULT '[]'::text NOT NULL,
    parts text DEFAULT '[]'::text NOT NULL,
    failure_notified boolean DEFAULT false NOT NULL,
    stop_requested boolean DEFAULT false NOT NULL,
    ended smallint DEFAULT '0'::smallint NOT NULL,
    reason text,
    tokens integer DEFAULT 0 NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0.01');
CREATE SEQUENCE public.inbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.inbox_id_seq OWNED BY public.inbox.id;
CREATE TABLE public.leases (
    name text NOT NULL,
    owner text NOT NULL,
    until double precision NOT NULL
);
CREATE TABLE public.link_codes (
    person text NOT NULL,
    code text NOT NULL,
    place text NOT NULL,
    language text,
    made_at double precision NOT NULL
);
CREATE TABLE public.links (
    person text NOT NULL,
    host text NOT NULL,
    home text NOT NULL,
    place text NOT NULL,
    language text,
    host_language text,
    since double precision NOT NULL
);
CREATE TABLE public.pairings (
    person text NOT NULL,
    code text NOT NULL,
    asked_at double precision NOT NULL,
    let_in_at double precision,
    place text NOT NULL,
    language text
);
CREATE TABLE public.pauses (
    subject text NOT NULL,
    since double precision NOT NULL
);
CREATE TABLE public.people (
    adapter text NOT NULL,
    person text NOT NULL,
    user_id text NOT NULL,
    since double precision NOT NULL,
    seen_at double precision NOT NULL
);
CREATE TABLE public.sessions (
    scope text NOT NULL,
    bot text NOT NULL,
    user_id text NOT NULL,
    conversation_id text NOT NULL,
    place text NOT NULL,
    opened_at double precision NOT NULL,
    used_at double precision NOT NULL,
    resume_token text,
    answered_turn bigint
);
ALTER TABLE ONLY public.inbox ALTER COLUMN id SET DEFAULT nextval('public.inbox_id_seq'::regclass);
INSERT INTO public.alembic_version (version_num) VALUES ('0001');
INSERT INTO public.allowances (key, full_at, window_seconds, told_until) VALUES ('ann''s', 1795787294.677683, 60, 0);
INSERT INTO public.allowances (key, full_at, window_seconds, told_until) VALUES ('74a715009919a8f74df2715b4a102f8f', 1795787644.68016, 3600, 0);
INSERT INTO public.allowances (key, full_at, window_seconds, told_until) VALUES ('67acc856f105747a67e0838f1da5a52c', 1795787644.683203, 3600, 0);
INSERT INTO public.choices (scope, person, bot, start, chosen_at) VALUES ('answered', NULL, 'coder', 'sales', 1795787284.697618);
INSERT INTO public.dedupe_keys (adapter, key, seen_at) VALUES ('helpdesk', '6be2fb9114a1a53ed01ea421f2f33943', 1795787284.639457);
INSERT INTO public.dedupe_keys (adapter, key, seen_at) VALUES ('helpdesk', '8d36e52f552cb7173c9b3ebfbbead146', 1795787284.644546);
INSERT INTO public.dedupe_keys (adapter, key, seen_at) VALUES ('helpdesk', 'a45ab29321e017f21a4821f4562abd9f', 1795787284.646309);
INSERT INTO public.dedupe_keys (adapter, key, seen_at) VALUES ('helpdesk', '717b2c77ccb9ac4b96af377e2ddfb3fb', 1795787284.648676);
INSERT INTO public.dedupe_keys (adapter, key, seen_at) VALUES ('helpdesk', 'fce53629f19554ddd22ad82a6266a809', 1795787284.651896);
INSERT INTO public.engaged_threads (place, used_at) VALUES ('helpdesk/7/1.1', 1795787284.643055);
INSERT INTO public.former_chats (adapter, chat, former, moved_at) VALUES ('helpdesk', '42', '-42', 1795787284.694667);
INSERT INTO public.inbox (id, adapter, person, queue_key, scope, status, due, attempts, retries, lease_owner, epoch, lease_until, accepted_at, finished_at, message, edit, stage, bot, conversation_id, chat_id, answer, follow_ups, parts, failure_notified, stop_requested, ended, reason, tokens) VALUES (5, 'helpdesk', '42', 'asked', 'asked', 0, 0, 0, 0, NULL, 0, NULL, 1795787284.652363, NULL, '{"dedupe_keys":["message:behind"],"where":{"adapter":"helpdesk","chat":"7","thread":"1.1","workspace":null},"chat_type":"group","author":{"id":"42","name":"Ann 安","language":"zh"},"text":"behind","address":"to_us","command":null,"rating":null,"turn_key":null,"attachments":[],"quote":null,"forwards":[],"looking_at":"","sent_at":0.0,"reply_context":{},"is_beside_threads":false,"is_told_alone":false,"only_stops":false,"pushed":false,"batch":null,"unreadable":null,"moved_to":null,"is_copy":false,"is_partial":false,"former_chat":null,"may_speak":null,"follows":null,"edits":null,"first_said_at":null,"pieces":[],"revision":0,"home":null,"choices":{"bot":null,"start":""}}', NULL, 'accepted', NULL, NULL, NULL, NULL, '[]', '[]', false, false, 0, NULL, 0);
INSERT INTO public.inbox (id, adapter, person, queue_key, scope, status, due, attempts, retries, lease_owner, epoch, lease_until, accepted_at, finished_at, message, edit, stage, bot, conversation_id, chat_id, answer, follow_ups, parts, failure_notified, stop_requested, ended, reason, tokens) VALUES (3, 'helpdesk', '42', 'dead', 'dead', 3, 0, 1, 0, 'old', 1, NULL, 1795787284.646711, 1795787284.666816, '{"dedupe_keys":["message:dead"],"where":{"adapter":"helpdesk","chat":"7","thread":"1.1","workspace":null},"chat_type":"group","author":{"id":"42","name":"Ann 安","language":"zh"},"text":"dead","address":"to_us","command":null,"rating":null,"turn_key":null,"attachments":[],"quote":null,"forwards":[],"looking_at":"","sent_at":0.0,"reply_context":{},"is_beside_threads":false,"is_told_alone":false,"only_stops":false,"pushed":false,"batch":null,"unreadable":null,"moved_to":null,"is_copy":false,"is_partial":false,"former_chat":null,"may_speak":null,"follows":null,"edits":null,"first_said_at":null,"pieces":[],"revision":0,"home":null,"choices":{"bot":null,"start":""}}', NULL, 'accepted', NULL, NULL, NULL, NULL, '[]', '[]', false, false, 0, 'ChatGone: the chat is gone', 0);
INSERT INTO public.inbox (id, adapter, person, queue_key, scope, status, due, attempts, retries, lease_owner, epoch, lease_until, accepted_at, finished_at, message, edit, stage, bot, conversation_id, chat_id, answer, follow_ups, parts, failure_notified, stop_requested, ended, reason, tokens) VALUES (4, 'helpdesk', '42', 'postponed', 'postponed', 0, 1795790884.66943, 1, 1, NULL, 1, NULL, 1795787284.649055, NULL, '{"dedupe_keys":["message:postponed"],"where":{"adapter":"helpdesk","chat":"7","thread":"1.1","workspace":null},"chat_type":"group","author":{"id":"42","name":"Ann 安","language":"zh"},"text":"postponed","address":"to_us","command":null,"rating":null,"turn_key":null,"attachments":[],"quote":null,"forwards":[],"looking_at":"","sent_at":0.0,"reply_context":{},"is_beside_threads":false,"is_told_alone":false,"only_stops":false,"pushed":false,"batch":null,"unreadable":null,"moved_to":null,"is_copy":false,"is_partial":false,"former_chat":null,"may_speak":null,"follows":null,"edits":null,"first_said_at":null,"pieces":[],"revision":0,"home":null,"choices":{"bot":null,"start":""}}', NULL, 'accepted', NULL, NULL, NULL, NULL, '[]', '[]', false, false, 0, 'Unreachable: away', 0);
INSERT INTO public.inbox (id, adapter, person, queue_key, scope, status, due, attempts, retries, lease_owner, epoch, lease_until, accepted_at, finished_at, message, edit, stage, bot, conversation_id, chat_id, answer, follow_ups, parts, failure_notified, stop_requested, ended, reason, tokens) VALUES (1, 'helpdesk', '42', 'asked', 'asked', 1, 0, 1, 0, 'old', 1, 1795787314.656522, 1795787284.642124, NULL, '{"dedupe_keys":["message:asked"],"where":{"adapter":"helpdesk","chat":"7","thread":"1.1","workspace":null},"chat_type":"group","author":{"id":"42","name":"Ann 安","language":"zh"},"text":"asked","address":"to_us","command":null,"rating":null,"turn_key":null,"attachments":[],"quote":null,"forwards":[],"looking_at":"","sent_at":0.0,"reply_context":{},"is_beside_threads":false,"is_told_alone":false,"only_stops":false,"pushed":false,"batch":null,"unreadable":null,"moved_to":null,"is_copy":false,"is_partial":false,"former_chat":null,"may_speak":null,"follows":null,"edits":null,"first_said_at":null,"pieces":[],"revision":0,"home":null,"choices":{"bot":null,"start":""}}', NULL, 'asked', 'assistant', 'conversation 1', 'chat 1', NULL, '[]', '[{"index": 0, "ref": "5", "digest": "", "after": null}]', false, false, 0, NULL, 0);
INSERT INTO public.inbox (id, adapter, person, queue_key, scope, status, due, attempts, retries, lease_owner, epoch, lease_until, accepted_at, finished_at, message, edit, stage, bot, conversation_id, chat_id, answer, follow_ups, parts, failure_notified, stop_requested, ended, reason, tokens) VALUES (2, 'helpdesk', '42', 'answered', 'answered', 2, 0, 1, 0, 'old', 1, NULL, 1795787284.645107, 1795787284.66552, '{"dedupe_keys":["message:answered"],"where":{"adapter":"helpdesk","chat":"7","thread":"1.1","workspace":null},"chat_type":"group","author":{"id":"42","name":"Ann 安","language":"zh"},"text":"answered","address":"to_us","command":null,"rating":null,"turn_key":null,"attachments":[],"quote":null,"forwards":[],"looking_at":"","sent_at":0.0,"reply_context":{},"is_beside_threads":false,"is_told_alone":false,"only_stops":false,"pushed":false,"batch":null,"unreadable":null,"moved_to":null,"is_copy":false,"is_partial":false,"former_chat":null,"may_speak":null,"follows":null,"edits":null,"first_said_at":null,"pieces":[],"revision":0,"home":null,"choices":{"bot":null,"start":""}}', NULL, 'asking', 'assistant', 'conversation 2', NULL, NULL, '[]', '[]', false, false, 0, NULL, 0);
INSERT INTO public.links (person, host, home, place, language, host_language, since) VALUES ('acme:T1:U1', 'helpdesk:42', '{"adapter":"helpdesk","workspace":null,"chat":"42","person":"42"}', '{"adapter":"helpdesk","chat":"42","thread":null,"workspace":null}', NULL, NULL, 1795787284.690764);
INSERT INTO public.pairings (person, code, asked_at, let_in_at, place, language) VALUES ('helpdesk:43', '25V2Q9FF', 1795787284.672771, 1795787284.674278, '{"adapter":"helpdesk","chat":"7","thread":"1.1","workspace":null}', 'en');
INSERT INTO public.pauses (subject, since) VALUES ('helpdesk:42', 1795787284.693229);
INSERT INTO public.people (adapter, person, user_id, since, seen_at) VALUES ('helpdesk', '42', 'u-dea87f01a45f4cd09325737f55d680b6', 1795787284.640729, 1795787284.640729);
INSERT INTO public.sessions (scope, bot, user_id, conversation_id, place, opened_at, used_at, resume_token, answered_turn) VALUES ('answered', 'assistant', 'u-dea87f01a45f4cd09325737f55d680b6', 'conversation 2', 'helpdesk/7/1.1', 1795787284.662804, 1795787284.662804, NULL, NULL);
INSERT INTO public.sessions (scope, bot, user_id, conversation_id, place, opened_at, used_at, resume_token, answered_turn) VALUES ('asked', 'assistant', 'u-dea87f01a45f4cd09325737f55d680b6', 'conversation 1', 'helpdesk/7/1.1', 1795787284.661483, 1795787284.664234, NULL, NULL);
ALTER TABLE ONLY public.adapter_secrets
    ADD CONSTRAINT adapter_secrets_pkey PRIMARY KEY (adapter, kind, key);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.allowances
    ADD CONSTRAINT allowances_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.choices
    ADD CONSTRAINT choices_pkey PRIMARY KEY (scope);
ALTER TABLE ONLY public.dedupe_keys
    ADD CONSTRAINT dedupe_keys_pkey PRIMARY KEY (adapter, key);
ALTER TABLE ONLY public.engaged_threads
    ADD CONSTRAINT engaged_threads_pkey PRIMARY KEY (place);
ALTER TABLE ONLY public.former_chats
    ADD CONSTRAINT former_chats_pkey PRIMARY KEY (adapter, chat);
ALTER TABLE ONLY public.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.leases
    ADD CONSTRAINT leases_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.link_codes
    ADD CONSTRAINT link_codes_pkey PRIMARY KEY (person);
ALTER TABLE ONLY public.links
    ADD CONSTRAINT links_pkey PRIMARY KEY (person);
ALTER TABLE ONLY public.pairings
    ADD CONSTRAINT pairings_pkey PRIMARY KEY (person);
ALTER TABLE ONLY public.pauses
    ADD CONSTRAINT pauses_pkey PRIMARY KEY (subject);
ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (adapter, person);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (scope, bot);
CREATE INDEX allowances_full_at ON public.allowances USING btree (full_at);
CREATE INDEX choices_chosen_at ON public.choices USING btree (chosen_at);
CREATE INDEX dedupe_keys_seen_at ON public.dedupe_keys USING btree (seen_at);
CREATE INDEX engaged_threads_used_at ON public.engaged_threads USING btree (used_at);
CREATE INDEX inbox_dead ON public.inbox USING btree (id) WHERE (status = 3);
CREATE INDEX inbox_finished ON public.inbox USING btree (finished_at) WHERE (status > 1);
CREATE INDEX inbox_queue ON public.inbox USING btree (queue_key, id) WHERE (status < 2);
CREATE UNIQUE INDEX inbox_running ON public.inbox USING btree (queue_key) WHERE (status = 1);
CREATE INDEX inbox_waiting ON public.inbox USING btree (id) WHERE (status = 0);
CREATE INDEX links_host ON public.links USING btree (host);
CREATE INDEX people_seen_at ON public.people USING btree (seen_at);
CREATE INDEX sessions_used ON public.sessions USING btree (used_at);
CREATE INDEX sessions_user ON public.sessions USING btree (user_id);

BEGIN TRANSACTION;
CREATE TABLE adapter_secrets (
	adapter TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	valid_until DOUBLE, 
	PRIMARY KEY (adapter, kind, "key")
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE allowances (
	"key" TEXT NOT NULL, 
	full_at DOUBLE NOT NULL, 
	window_seconds DOUBLE NOT NULL, 
	told_until DOUBLE NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "allowances" VALUES('ann''s',1.7957872945420150757e+09,60.0,0.0);
INSERT INTO "allowances" VALUES('74a715009919a8f74df2715b4a102f8f',1.79578764454398655888e+09,3600.0,0.0);
INSERT INTO "allowances" VALUES('67acc856f105747a67e0838f1da5a52c',1.7957876445470042229e+09,3600.0,0.0);
CREATE TABLE choices (
	scope TEXT NOT NULL, 
	person TEXT, 
	bot TEXT, 
	start TEXT NOT NULL, 
	chosen_at DOUBLE NOT NULL, 
	PRIMARY KEY (scope)
);
INSERT INTO "choices" VALUES('answered',NULL,'coder','sales',1.79578728455601644518e+09);
CREATE TABLE dedupe_keys (
	adapter TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	seen_at DOUBLE NOT NULL, 
	PRIMARY KEY (adapter, "key")
);
INSERT INTO "dedupe_keys" VALUES('helpdesk','6be2fb9114a1a53ed01ea421f2f33943',1.79578728450898385043e+09);
INSERT INTO "dedupe_keys" VALUES('helpdesk','8d36e52f552cb7173c9b3ebfbbead146',1.79578728451598429675e+09);
INSERT INTO "dedupe_keys" VALUES('helpdesk','a45ab29321e017f21a4821f4562abd9f',1.79578728451900196082e+09);
INSERT INTO "dedupe_keys" VALUES('helpdesk','717b2c77ccb9ac4b96af377e2ddfb3fb',1.79578728452000761037e+09);
INSERT INTO "dedupe_keys" VALUES('helpdesk','fce53629f19554ddd22ad82a6266a809',1.79578728452101349833e+09);
CREATE TABLE engaged_threads (
	place TEXT NOT NULL, 
	used_at DOUBLE NOT NULL, 
	PRIMARY KEY (place)
);
INSERT INTO "engaged_threads" VALUES('helpdesk/7/1.1',1.79578728450998973851e+09);
CREATE TABLE former_chats (
	adapter TEXT NOT NULL, 
	chat TEXT NOT NULL, 
	former TEXT NOT NULL, 
	moved_at DOUBLE NOT NULL, 
	PRIMARY KEY (adapter, chat)
);
INSERT INTO "former_chats" VALUES('helpdesk','42','-42',1.79578728455400466919e+09);
CREATE TABLE inbox (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	adapter TEXT NOT NULL, 
	person TEXT NOT NULL, 
	queue_key TEXT NOT NULL, 
	scope TEXT NOT NULL, 
	status SMALLINT NOT NULL, 
	due DOUBLE DEFAULT '0' NOT NULL, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	retries INTEGER DEFAULT '0' NOT NULL, 
	lease_owner TEXT, 
	epoch INTEGER DEFAULT '0' NOT NULL, 
	lease_until DOUBLE, 
	accepted_at DOUBLE NOT NULL, 
	finished_at DOUBLE, 
	message TEXT, 
	edit TEXT, 
	stage TEXT DEFAULT 'accepted' NOT NULL, 
	bot TEXT, 
	conversation_id TEXT, 
	chat_id TEXT, 
	answer TEXT, 
	follow_ups TEXT DEFAULT '[]' NOT NULL, 
	parts TEXT DEFAULT '[]' NOT NULL, 
	failure_notified BOOLEAN DEFAULT false NOT NULL, 
	stop_requested BOOLEAN DEFAULT false NOT NULL, 
	ended SMALLINT DEFAULT '0' NOT NULL, 
	reason TEXT, 
	tokens INTEGER DEFAULT '0' NOT NULL
);
INSERT INTO "inbox" VALUES(1,'helpdesk','42','asked','asked',1,0.0,1,0,'old',1,1.79578731452399063114e+09,1.79578728450998973851e+09,NULL,'{"dedupe_keys":["message:asked"],"where":{"adapter":"helpdesk","chat":"7","thread":"1.1","workspace":null},"chat_type":"group","author":{"id":"42","name":"Ann 安","language":"zh"},"text":"asked","address":"to_us","command":null,"rating":null,"turn_key":null,"attachments":[],"quote":null,"forwards":[],"looking_at":"","sent_at":0.0,"reply_context":{},"is_beside_threads":false,"is_told_alone":false,"only_stops":false,"pushed":false,"batch":null,"unreadable":null,"moved_to":null,"is_copy":false,"is_partial":false,"former_chat":null,"may_speak":null,"follows":null,"edits":null,"first_said_at":null,"pieces":[],"revision":0,"home":null,"choices":{"bot":null,"start":""}}',NULL,'asked','assistant','conversation 1','chat 1',NULL,'[]','[{"index": 0, "ref": "5", "digest": "", "after": null}]',0,0,0,NULL,0);
INSERT INTO "inbox" VALUES(2,'helpdesk','42','answered','answered',2,0.0,1,0,'old',1,NULL,1.79578728451598429675e+09,1.79578728453199720381e+09,'{"dedupe_keys":["message:answered"],"where":{"adapter":"helpdesk","chat":"7","thread":"1.1","workspace":null},"chat_type":"group","author":{"id":"42","name":"Ann 安","language":"zh"},"text":"answered","address":"to_us","command":null,"rating":null,"turn_key":null,"attachments":[],"quote":null,"forwards":[],"looking_at":"","sent_at":0.0,"reply_context":{},"is_beside_threads":false,"is_told_alone":false,"only_stops":false,"pushed":false,"batch":null,"unreadable":null,"moved_to":null,"is_copy":false,"is_partial":false,"former_chat":null,"may_speak":null,"follows":null,"edits":null,"first_said_at":null,"pieces":[],"revision":0,"home":null,"choices":{"bot":null,"start":""}}',NULL,'asking','assistant','conversation 2',NULL,NULL,'[]','[]',0,0,0,NULL,0);
INSERT INTO "inbox" VALUES(3,'helpdesk','42','dead','dead',3,0.0,1,0,'old',1,NULL,1.79578728451900196082e+09,1.79578728453300285336e+09,'{"dedupe_keys":["message:dead"],"where":{"adapter":"helpdesk","chat":"7","thread":"1.1","workspace":null},"chat_type":"group","author":{"id":"42","name":"Ann 安","language":"zh"},"text":"dead","address":"to_us","command":null,"rating":null,"turn_key":null,"attachments":[],"quote":null,"forwards":[],"looking_at":"","sent_at":0.0,"reply_context":{},"is_beside_threads":false,"is_told_alone":false,"only_stops":false,"pushed":false,"batch":null,"unreadable":null,"moved_to":null,"is_copy":false,"is_partial":false,"former_chat":null,"may_speak":null,"follows":null,"edits":null,"first_said_at":null,"pieces":[],"revision":0,"home":null,"choices":{"bot":null,"start":""}}',NULL,'accepted',NULL,NULL,NULL,NULL,'[]','[]',0,0,0,'ChatGone: the chat is gone',0);
INSERT INTO "inbox" VALUES(4,'helpdesk','42','postponed','postponed',0,1.7957908845340087414e+09,1,1,NULL,1,NULL,1.79578728452000761037e+09,NULL,'{"dedupe_keys":["message:postponed"],"where":{"adapter":"helpdesk","chat":"7","thread":"1.1","workspace":null},"chat_type":"group","author":{"id":"42","name":"Ann 安","language":"zh"},"text":"postponed","address":"to_us","command":null,"rating":null,"turn_key":null,"attachments":[],"quote":null,"forwards":[],"looking_at":"","sent_at":0.0,"reply_context":{},"is_beside_threads":false,"is_told_alone":false,"only_stops":false,"pushed":false,"batch":null,"unreadable":null,"moved_to":null,"is_copy":false,"is_partial":false,"former_chat":null,"may_speak":null,"follows":null,"edits":null,"first_said_at":null,"pieces":[],"revision":0,"home":null,"choices":{"bot":null,"start":""}}',NULL,'accepted',NULL,NULL,NULL,NULL,'[]','[]',0,0,0,'Unreachable: away',0);
INSERT INTO "inbox" VALUES(5,'helpdesk','42','asked','asked',0,0.0,0,0,NULL,0,NULL,1.79578728452101349833e+09,NULL,'{"dedupe_keys":["message:behind"],"where":{"adapter":"helpdesk","chat":"7","thread":"1.1","workspace":null},"chat_type":"group","author":{"id":"42","name":"Ann 安","language":"zh"},"text":"behind","address":"to_us","command":null,"rating":null,"turn_key":null,"attachments":[],"quote":null,"forwards":[],"looking_at":"","sent_at":0.0,"reply_context":{},"is_beside_threads":false,"is_told_alone":false,"only_stops":false,"pushed":false,"batch":null,"unreadable":null,"moved_to":null,"is_copy":false,"is_partial":false,"former_chat":null,"may_speak":null,"follows":null,"edits":null,"first_said_at":null,"pieces":[],"revision":0,"home":null,"choices":{"bot":null,"start":""}}',NULL,'accepted',NULL,NULL,NULL,NULL,'[]','[]',0,0,0,NULL,0);
CREATE TABLE leases (
	name TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	until DOUBLE NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE link_codes (
	person TEXT NOT NULL, 
	code TEXT NOT NULL, 
	place TEXT NOT NULL, 
	language TEXT, 
	made_at DOUBLE NOT NULL, 
	PRIMARY KEY (person)
);
CREATE TABLE links (
	person TEXT NOT NULL, 
	host TEXT NOT NULL, 
	home TEXT NOT NULL, 
	place TEXT NOT NULL, 
	language TEXT, 
	host_language TEXT, 
	since DOUBLE NOT NULL, 
	PRIMARY KEY (person)
);
INSERT INTO "links" VALUES('acme:T1:U1','helpdesk:42','{"adapter":"helpdesk","workspace":null,"chat":"42","person":"42"}','{"adapter":"helpdesk","chat":"42","thread":null,"workspace":null}',NULL,NULL,1.7957872845509872436e+09);
CREATE TABLE pairings (
	person TEXT NOT NULL, 
	code TEXT NOT NULL, 
	asked_at DOUBLE NOT NULL, 
	let_in_at DOUBLE, 
	place TEXT NOT NULL, 
	language TEXT, 
	PRIMARY KEY (person)
);
INSERT INTO "pairings" VALUES('helpdesk:43','G9QD3M6E',1.79578728453698611262e+09,1.79578728453899765012e+09,'{"adapter":"helpdesk","chat":"7","thread":"1.1","workspace":null}','en');
CREATE TABLE pauses (
	subject TEXT NOT NULL, 
	since DOUBLE NOT NULL, 
	PRIMARY KEY (subject)
);
INSERT INTO "pauses" VALUES('helpdesk:42',1.79578728455299878124e+09);
CREATE TABLE people (
	adapter TEXT NOT NULL, 
	person TEXT NOT NULL, 
	user_id TEXT NOT NULL, 
	since DOUBLE NOT NULL, 
	seen_at DOUBLE NOT NULL, 
	PRIMARY KEY (adapter, person)
);
INSERT INTO "people" VALUES('helpdesk','42','u-5caa44315ca94301a650a53cd0707ed2',1.79578728450898385043e+09,1.79578728450898385043e+09);
CREATE TABLE sessions (
	scope TEXT NOT NULL, 
	bot TEXT NOT NULL, 
	user_id TEXT NOT NULL, 
	conversation_id TEXT NOT NULL, 
	place TEXT NOT NULL, 
	opened_at DOUBLE NOT NULL, 
	used_at DOUBLE NOT NULL, 
	resume_token TEXT, 
	answered_turn BIGINT, 
	PRIMARY KEY (scope, bot)
);
INSERT INTO "sessions" VALUES('asked','assistant','u-5caa44315ca94301a650a53cd0707ed2','conversation 1','helpdesk/7/1.1',1.79578728452901983264e+09,1.79578728452998542786e+09,NULL,NULL);
INSERT INTO "sessions" VALUES('answered','assistant','u-5caa44315ca94301a650a53cd0707ed2','conversation 2','helpdesk/7/1.1',1.79578728452901983264e+09,1.79578728452901983264e+09,NULL,NULL);
CREATE INDEX inbox_queue ON inbox (queue_key, id) WHERE status < 2;
CREATE INDEX inbox_waiting ON inbox (id) WHERE status = 0;
CREATE UNIQUE INDEX inbox_running ON inbox (queue_key) WHERE status = 1;
CREATE INDEX inbox_finished ON inbox (finished_at) WHERE status > 1;
CREATE INDEX inbox_dead ON inbox (id) WHERE status = 3;
CREATE INDEX dedupe_keys_seen_at ON dedupe_keys (seen_at);
CREATE INDEX engaged_threads_used_at ON engaged_threads (used_at);
CREATE INDEX people_seen_at ON people (seen_at);
CREATE INDEX sessions_used ON sessions (used_at);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX choices_chosen_at ON choices (chosen_at);
CREATE INDEX links_host ON links (host);
CREATE INDEX allowances_full_at ON allowances (full_at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('inbox',5);
COMMIT;

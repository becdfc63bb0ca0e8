PRAGMA application_id = 1312903985;
PRAGMA user_version = 5;
BEGIN TRANSACTION;
CREATE TABLE calls (
    search TEXT NOT NULL REFERENCES searches(name),
    number INTEGER NOT NULL,
    iteration INTEGER NOT NULL,
    role TEXT NOT NULL,
    model TEXT NOT NULL,
    prompt TEXT NOT NULL,
    reply TEXT,
    source TEXT NOT NULL,
    prompt_tokens INTEGER,
    reply_tokens INTEGER,
    seconds REAL,
    seed INTEGER,
    trimmed TEXT NOT NULL,
    error TEXT,
    created REAL NOT NULL, load_seconds REAL, position INTEGER NOT NULL DEFAULT 0, temperature REAL, cut TEXT, thought INTEGER, schema_refused TEXT,
    PRIMARY KEY (search, number)
);
INSERT INTO "calls" VALUES('digits-1',8,1,'generator','embedded','a prompt','a reply','llm',10,5,0.5,51,'[]',NULL,1.79532247648514795305e+09,NULL,0,NULL,NULL,NULL,NULL);
CREATE TABLE finalists (
    search TEXT NOT NULL,
    iteration INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    accuracies TEXT NOT NULL,
    seconds REAL NOT NULL,
    created REAL NOT NULL, parameters INTEGER, measures TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (search, iteration),
    FOREIGN KEY (search, iteration) REFERENCES trials (search, iteration)
);
INSERT INTO "finalists" VALUES('digits-1',1,1000046,'{"validation": 0.5, "test": 0.25}',1.0,1.79532247649318766596e+09,NULL,'{}');
CREATE TABLE searches (
    name TEXT PRIMARY KEY,
    created REAL NOT NULL,
    updated REAL NOT NULL,
    status TEXT NOT NULL,
    stopped TEXT,
    seconds REAL NOT NULL,
    settings TEXT NOT NULL,
    facts TEXT NOT NULL
);
INSERT INTO "searches" VALUES('digits-1',1.79532247645031833643e+09,1.79532247650143647198e+09,'finished','iterations',0.0,'{"dataset":"digits","data_root":null,"celeba_attribute":"Smiling","train_samples":null,"protocol":"validation","iterations":20,"memory":5,"target_accuracy":null,"time_budget":null,"finalists":3,"seed":43,"start_program":null,"generator":"embedded","improver":"embedded","form":"auto","improver_form":"auto","spec_retries":3,"temperature":0.7,"top_p":0.9,"reply_tokens":2048,"prompt_tokens":6144,"num_ctx":null,"keep_alive":"30m","llm_timeout":600,"llm_retries":5,"prompts":{},"epochs":1,"batch_size":null,"learning_rate":0.01,"momentum":0.9,"weight_decay":0.0005,"device":"auto","sandbox":"bubblewrap","image":"langgraph-nas-sandbox:latest","runtime":null,"time_limit":1800,"build_limit":60,"memory_mb":4096,"cpus":null,"pids":256,"tmp_mb":64,"shm_mb":16,"output_kb":1024,"sandbox_retries":2,"precision":"fp32","rich_lessons":false,"redirect":false,"structured":false,"reasks":0,"widen_after":0,"widen_after_failures":0,"confirm_best":false,"empty_replies":0,"think":"auto"}','{"n_train": 1151, "isolation": "bubblewrap"}');
CREATE TABLE trainings (
    search TEXT NOT NULL REFERENCES searches(name),
    iteration INTEGER NOT NULL,
    epochs INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    program_hash TEXT NOT NULL,
    outcome TEXT NOT NULL,
    message TEXT NOT NULL,
    accuracies TEXT NOT NULL,
    unscored BLOB,
    parameters INTEGER,
    measures TEXT NOT NULL,
    seconds REAL NOT NULL,
    time_limit REAL NOT NULL,
    isolation TEXT NOT NULL,
    created REAL NOT NULL,
    PRIMARY KEY (search, iteration, epochs, seed)
);
CREATE TABLE trials (
    search TEXT NOT NULL REFERENCES searches(name),
    iteration INTEGER NOT NULL,
    program TEXT,
    program_hash TEXT,
    spec TEXT,
    form TEXT NOT NULL,
    source TEXT NOT NULL,
    problem TEXT,
    outcome TEXT NOT NULL,
    stage TEXT NOT NULL,
    accuracy REAL,
    split TEXT,
    message TEXT NOT NULL,
    line TEXT,
    line_number INTEGER,
    shapes TEXT NOT NULL,
    same_as INTEGER,
    parameters INTEGER,
    seconds TEXT NOT NULL,
    seconds_total REAL,
    isolation TEXT NOT NULL,
    prompt_tokens INTEGER,
    reply_tokens INTEGER,
    created REAL NOT NULL, module TEXT, precision TEXT, measures TEXT NOT NULL DEFAULT '{}', graph_hash TEXT, conditions TEXT NOT NULL DEFAULT 'null', reused_from TEXT, scores TEXT NOT NULL DEFAULT '[]', near INTEGER, similarity REAL, repairs TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (search, iteration)
);
INSERT INTO "trials" VALUES('digits-1',1,'class Net(nn.Module):
    n = 1
','h1','["conv 8 3 relu", "head gap"]','spec','llm',NULL,'ok','score',0.5,'validation','scored',NULL,NULL,'["conv (Conv2d): [2, 1, 8, 8] -> [2, 8, 8, 8]"]',NULL,1234,'{"train": 1.5, "total": 2.0}',2.0,'bubblewrap',10,5,1795322476.45551,NULL,'fp32','{}',NULL,'null',NULL,'[0.5]',NULL,NULL,'[]');
INSERT INTO "trials" VALUES('digits-1',2,'class Net(nn.Module):
    n = 2
','h2','["conv 8 3 relu", "head gap"]','spec','llm',NULL,'forward_error','forward',NULL,NULL,'scored',NULL,NULL,'["conv (Conv2d): [2, 1, 8, 8] -> [2, 8, 8, 8]"]',NULL,1234,'{"train": 1.5, "total": 2.0}',2.0,'bubblewrap',NULL,NULL,1.79532247646520543103e+09,NULL,NULL,'{}',NULL,'null',NULL,'[]',NULL,NULL,'[]');
CREATE TABLE triples (
    search TEXT NOT NULL REFERENCES searches(name),
    iteration INTEGER NOT NULL,
    problem TEXT NOT NULL,
    suggestion TEXT NOT NULL,
    outcome TEXT,
    created REAL NOT NULL, move TEXT, why TEXT,
    PRIMARY KEY (search, iteration)
);
INSERT INTO "triples" VALUES('digits-1',1,'p','s','failed',1.79532247647310256961e+09,NULL,NULL);
INSERT INTO "triples" VALUES('digits-1',2,'p2','s2',NULL,1.79532247648111796382e+09,NULL,NULL);
CREATE INDEX trials_by_hash ON trials (search, program_hash, iteration);
CREATE INDEX calls_by_role ON calls (search, role, number);
CREATE INDEX calls_by_iteration ON calls (search, iteration, number);
CREATE INDEX trials_by_network ON trials (program_hash);
CREATE INDEX trials_by_graph ON trials (search, graph_hash, iteration);
CREATE INDEX trials_by_accuracy ON trials (search, outcome, accuracy);
COMMIT;
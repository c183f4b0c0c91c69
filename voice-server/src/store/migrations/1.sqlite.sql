-- The interviews. Times are milliseconds since 1970, UTC. `state` and `response` are sealed (store/keys.rs).
CREATE TABLE interviews (
    id TEXT NOT NULL PRIMARY KEY,
    -- The subject of the token that opened it.
    subject TEXT NOT NULL,
    form_url TEXT NOT NULL,
    form_version TEXT NOT NULL,
    language TEXT NOT NULL,
    status TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    -- Grows with each saved change.
    version INTEGER NOT NULL,
    -- The one connection that may save.
    writer TEXT NOT NULL,
    key_id TEXT NOT NULL,
    state BLOB NOT NULL,
    response BLOB NOT NULL
);
CREATE INDEX interviews_updated ON interviews (updated, id);
CREATE INDEX interviews_subject ON interviews (subject, updated, id);
CREATE INDEX interviews_expires ON interviews (expires);
CREATE INDEX interviews_status ON interviews (status);
CREATE INDEX interviews_key ON interviews (key_id);

-- Used once: the row is deleted by the use.
CREATE TABLE resume_tokens (
    hash TEXT NOT NULL PRIMARY KEY,
    interview TEXT NOT NULL REFERENCES interviews (id) ON DELETE CASCADE,
    expires INTEGER NOT NULL
);
CREATE INDEX resume_tokens_interview ON resume_tokens (interview);

-- Who did what with which interview. Rows outlive their interviews.
CREATE TABLE interview_events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    action TEXT NOT NULL,
    interview TEXT NOT NULL,
    actor TEXT NOT NULL,
    outcome TEXT NOT NULL
);
CREATE INDEX interview_events_interview ON interview_events (interview);

-- Responses that are still to be sent to the FHIR server, at most one row for each interview.
CREATE TABLE outbox (
    interview TEXT NOT NULL PRIMARY KEY REFERENCES interviews (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    -- The time of the next attempt.
    due INTEGER NOT NULL,
    -- 1 if the server refused it: it is not sent again until an administrator asks for it.
    parked INTEGER NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX outbox_due ON outbox (parked, due);

/* The tables that every file of ours has beside those of the app: the layout
 * of a file, which LAYOUT_VERSION in database.c numbers (domain D130 … D134,
 * synchronize W50). */
#include "database/schema.h"

const char nf_common_tables[] =
    "CREATE TABLE _mx_meta(key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;"
    "CREATE TABLE _mx_entity(number INTEGER PRIMARY KEY, guid BLOB NOT NULL "
    "UNIQUE, name TEXT NOT NULL, root BLOB NOT NULL, table_name TEXT NOT NULL,"
    " short_id INTEGER NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE _mx_member(guid BLOB NOT NULL, entity INTEGER NOT NULL, "
    "name TEXT NOT NULL, column_name TEXT NOT NULL, kind INTEGER NOT NULL, "
    "length INTEGER NOT NULL, PRIMARY KEY(guid, entity)) STRICT, WITHOUT "
    "ROWID;"
    "CREATE TABLE _mx_name(name TEXT PRIMARY KEY, id INTEGER NOT NULL, entity "
    "INTEGER NOT NULL) STRICT;"
    "CREATE INDEX _mx_name_id ON _mx_name(id);"
    "CREATE TABLE _mx_sequence(attribute BLOB PRIMARY KEY, next INTEGER NOT "
    "NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE _mx_blob(hash BLOB PRIMARY KEY, data BLOB NOT NULL) STRICT;"
    "CREATE TABLE _mx_file(id INTEGER PRIMARY KEY, local_hash BLOB, size "
    "INTEGER NOT NULL, server_version TEXT, state INTEGER NOT NULL) STRICT;"
    "CREATE INDEX _mx_file_hash ON _mx_file(local_hash);";

const char nf_device_tables[] =
    "CREATE TABLE _mx_object(id INTEGER PRIMARY KEY, entity INTEGER NOT NULL, "
    "server_hash BLOB, rights INTEGER) STRICT;"
    "CREATE INDEX _mx_object_entity ON _mx_object(entity);"
    "CREATE TABLE _mx_change(id INTEGER PRIMARY KEY, entity INTEGER NOT NULL, "
    "kind INTEGER NOT NULL, mid BLOB NOT NULL, lseq INTEGER NOT NULL, "
    "changed BLOB, base BLOB, cleared BLOB) STRICT;"
    "CREATE TABLE _mx_pending(sync_id BLOB PRIMARY KEY, mode INTEGER NOT NULL,"
    " state INTEGER NOT NULL, frozen BLOB, outcome BLOB) STRICT;"
    "CREATE TABLE _mx_right_class(class INTEGER PRIMARY KEY, entity INTEGER "
    "NOT NULL, inaccessible BLOB NOT NULL, readonly BLOB NOT NULL, "
    "UNIQUE(entity, inaccessible, readonly)) STRICT;"
    "CREATE TABLE _mx_sync(run INTEGER PRIMARY KEY, sync_id BLOB, started "
    "INTEGER, finished INTEGER, mode INTEGER, result TEXT, uploaded INTEGER, "
    "downloaded INTEGER, rejected INTEGER) STRICT;"
    "CREATE TABLE _mx_view(entity INTEGER PRIMARY KEY, token BLOB NOT NULL) "
    "STRICT;"
    "CREATE TABLE _mx_touched(entity INTEGER NOT NULL, id INTEGER NOT NULL, "
    "PRIMARY KEY(entity, id)) STRICT, WITHOUT ROWID;";

/* The server's own (W50), but for _mx_call, which files of this layout may lack
 * until the server opens them (server/calls.c). All times are milliseconds of
 * the server's clock. Tokens are stored as their SHA-256 (W19). */
const char nf_server_tables[] =
    "CREATE TABLE _mx_device(number INTEGER PRIMARY KEY, user INTEGER NOT "
    "NULL, name TEXT, seen INTEGER NOT NULL, sent INTEGER NOT NULL DEFAULT 0) "
    "STRICT;"
    "CREATE INDEX _mx_device_user ON _mx_device(user, sent, seen);"
    /* One authentication token per device: the last one given out, and the
     * one before it until the last was used (A150). */
    "CREATE TABLE _mx_token(device INTEGER PRIMARY KEY, user INTEGER NOT "
    "NULL, current BLOB NOT NULL, previous BLOB, expires INTEGER NOT NULL) "
    "STRICT;"
    "CREATE INDEX _mx_token_current ON _mx_token(current);"
    "CREATE INDEX _mx_token_previous ON _mx_token(previous);"
    "CREATE TABLE _mx_session(token BLOB PRIMARY KEY, user INTEGER NOT NULL, "
    "user_name TEXT NOT NULL, device INTEGER NOT NULL, profile TEXT, roles "
    "TEXT NOT NULL, zone TEXT, language TEXT, used INTEGER NOT NULL) STRICT, "
    "WITHOUT ROWID;"
    "CREATE INDEX _mx_session_user ON _mx_session(user);"
    /* Failed sign-ins by the SHA-256 of a user's name or an address (W20). */
    "CREATE TABLE _mx_throttle(key BLOB PRIMARY KEY, failures INTEGER NOT "
    "NULL, until INTEGER NOT NULL, seen INTEGER NOT NULL) STRICT, WITHOUT "
    "ROWID;"
    "CREATE INDEX _mx_throttle_seen ON _mx_throttle(seen);"
    /* Sync resources from create on, then what became of them (W27.1). */
    "CREATE TABLE _mx_sync_history(sync_id BLOB PRIMARY KEY, device INTEGER "
    "NOT NULL, user INTEGER NOT NULL, state TEXT NOT NULL, mode TEXT, "
    "body_length INTEGER, body_sha BLOB, enc TEXT, request BLOB, "
    "created INTEGER NOT NULL, touched INTEGER NOT NULL, acked INTEGER, seq "
    "INTEGER) STRICT;"
    "CREATE INDEX _mx_sync_history_device ON _mx_sync_history(device, state);"
    /* Long ones would be written again whenever the row above changes. */
    "CREATE TABLE _mx_outcome(sync_id BLOB PRIMARY KEY, outcome BLOB NOT NULL) "
    "STRICT;"
    /* Changes that were decided, in runs of ids (server/decided.c), and those
     * of them that were refused. */
    "CREATE TABLE _mx_applied_change(origin BLOB NOT NULL, first INTEGER NOT "
    "NULL, last INTEGER NOT NULL, device INTEGER NOT NULL, seq INTEGER NOT "
    "NULL, PRIMARY KEY(origin, first)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX _mx_applied_change_seq ON _mx_applied_change(seq);"
    "CREATE TABLE _mx_refused_change(mid BLOB PRIMARY KEY, seq INTEGER NOT "
    "NULL, code TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX _mx_refused_change_seq ON _mx_refused_change(seq);"
    "CREATE TABLE _mx_created_id(object INTEGER PRIMARY KEY, entity TEXT NOT "
    "NULL, device INTEGER NOT NULL) STRICT;"
    "CREATE TABLE _mx_tombstone(object INTEGER PRIMARY KEY, entity TEXT NOT "
    "NULL, deleted INTEGER NOT NULL) STRICT;"
    /* Views that devices were offered (server/view.h). */
    "CREATE TABLE _mx_view(device INTEGER NOT NULL, entity INTEGER NOT NULL, "
    "token BLOB NOT NULL, sync_id BLOB NOT NULL, items BLOB NOT NULL, PRIMARY "
    "KEY(device, entity, token)) STRICT;"
    /* Blobs that end some day, by their names (server/blobs.h): whose they
     * are and how long they will be. */
    "CREATE TABLE _mx_staged(name TEXT PRIMARY KEY, user INTEGER NOT NULL, "
    "length INTEGER NOT NULL, complete INTEGER NOT NULL, expires INTEGER NOT "
    "NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX _mx_staged_user ON _mx_staged(user);"
    "CREATE INDEX _mx_staged_expires ON _mx_staged(expires);";

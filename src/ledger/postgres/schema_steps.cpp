#include "schema_steps.hpp"

#include <array>

namespace setclick::ledger::postgres {
namespace {

/// Version 1. Ids of events are account << 40 | sequence, dense for each account.
///
/// - lane: one row for each connection of a node that commits; each transaction counts it up under node and
///   epoch. So a node that was deposed writes nothing, and a COMMIT without an answer is looked up here.
/// - node: `id` lies in its spool, `name` is for people. Who deposes it raises its epoch and those of its
///   lanes in one transaction. An account is free when its owner is nobody, is stopped, or has another epoch.
/// - shared: what all nodes have in common; 'endpoint_slots': until when the endpoint's common rate is leased, in
///   microseconds by the server's clock.
/// - account: what imports write. account_run: what the account's owner writes. The number of waiting events
///   is stored nowhere: next_sequence - 1 - all others.
/// - claim: spans in flight, with a bit for each event that has been delivered. span: all others, but for the
///   events at an account's end that nobody has touched since their import: they wait, and have no row.
/// - identity: a row each. For a random key a block of the SQLite ledger would be 4 KB of log.
/// - file_count: a row for each node that settles, so that none waits for another. What is pending is
///   accepted - the sums; a file's state follows from that, at_end and is_done.
/// - history: a row for each node; `begun` orders them by no clock.
constexpr char const* first_tables = R"sql(
CREATE TABLE ledger(one bool PRIMARY KEY DEFAULT true CHECK (one), id text NOT NULL,
  version int NOT NULL, min_writer int NOT NULL);
CREATE TABLE meta(key text PRIMARY KEY, number bigint NOT NULL DEFAULT 0,
  value bytea NOT NULL DEFAULT '') WITH (fillfactor = 50);
CREATE TABLE node(no int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, id text NOT NULL UNIQUE,
  name text NOT NULL, epoch bigint NOT NULL DEFAULT 0, stopped bool NOT NULL DEFAULT true,
  beat bigint NOT NULL DEFAULT 0, willing bigint[] NOT NULL DEFAULT '{}',
  writer text NOT NULL DEFAULT '') WITH (fillfactor = 20);
CREATE TABLE shared(key text PRIMARY KEY, version bigint NOT NULL DEFAULT 0,
  value text NOT NULL DEFAULT '') WITH (fillfactor = 20);
CREATE TABLE lane(node int, lane int, epoch bigint NOT NULL, commits bigint NOT NULL DEFAULT 0,
  looks bigint NOT NULL DEFAULT 0, PRIMARY KEY(node, lane)) WITH (fillfactor = 20);
CREATE TABLE account(no int PRIMARY KEY, id text NOT NULL UNIQUE,
  next_sequence bigint NOT NULL DEFAULT 1, duplicate bigint NOT NULL DEFAULT 0,
  refused bigint NOT NULL DEFAULT 0) WITH (fillfactor = 50);
CREATE TABLE account_run(account int PRIMARY KEY, node int NOT NULL, epoch bigint NOT NULL,
  in_flight bigint NOT NULL DEFAULT 0, deferred bigint NOT NULL DEFAULT 0,
  held bigint NOT NULL DEFAULT 0, delivered bigint NOT NULL DEFAULT 0,
  rejected bigint NOT NULL DEFAULT 0, discarded bigint NOT NULL DEFAULT 0,
  in_doubt_ever bigint NOT NULL DEFAULT 0, last_delivered bigint NOT NULL DEFAULT 0,
  taken_back text NOT NULL DEFAULT '') WITH (fillfactor = 30);
CREATE TABLE account_note(account int PRIMARY KEY, state text NOT NULL) WITH (fillfactor = 30);
CREATE TABLE claim(first bigint PRIMARY KEY, last bigint NOT NULL, account int NOT NULL,
  node int NOT NULL, epoch bigint NOT NULL, policy smallint NOT NULL, failed bool NOT NULL,
  at bigint NOT NULL, settled bytea) WITH (fillfactor = 40);
CREATE TABLE span(first bigint PRIMARY KEY, last bigint NOT NULL, account int NOT NULL,
  state smallint NOT NULL, failed bool NOT NULL, reason text NOT NULL, at bigint NOT NULL,
  due bigint NOT NULL) WITH (fillfactor = 70);
CREATE INDEX span_open ON span(account, state, due, first) WHERE state <> 4;
CREATE TABLE pack(first bigint PRIMARY KEY, count smallint NOT NULL, file bigint NOT NULL,
  imported_at bigint NOT NULL, lines text NOT NULL, lengths text NOT NULL,
  body bytea COMPRESSION lz4 NOT NULL);
CREATE INDEX pack_by_file ON pack(file, first);
CREATE TABLE identity(key bytea PRIMARY KEY, event bigint NOT NULL, content bigint NOT NULL);
CREATE TABLE attempt(event bigint, seq int, kind smallint NOT NULL, n int NOT NULL,
  at bigint NOT NULL, state smallint NOT NULL, counted bool NOT NULL, in_doubt bool NOT NULL,
  status int NOT NULL, phase smallint NOT NULL, reason text NOT NULL, excerpt text NOT NULL,
  PRIMARY KEY(event, seq));
CREATE TABLE file(no bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, node int NOT NULL,
  name bytea NOT NULL, work_name bytea NOT NULL, device bigint NOT NULL, inode bigint NOT NULL,
  size bigint NOT NULL, "offset" bigint NOT NULL, line bigint NOT NULL, at_end bool NOT NULL,
  reader_state bytea NOT NULL, accepted bigint NOT NULL, duplicate bigint NOT NULL,
  refused bigint NOT NULL, read_at bigint NOT NULL, claimed_at bigint NOT NULL,
  unfinished bool NOT NULL DEFAULT true, is_done bool NOT NULL DEFAULT false,
  finished_at bigint NOT NULL DEFAULT 0, done_name bytea NOT NULL DEFAULT '',
  done_day bigint NOT NULL DEFAULT 0) WITH (fillfactor = 70);
CREATE INDEX file_unfinished ON file(node, no) WHERE unfinished;
CREATE INDEX file_by_name ON file(name);
CREATE TABLE file_count(file bigint, node int, delivered bigint NOT NULL, rejected bigint NOT NULL,
  discarded bigint NOT NULL, held bigint NOT NULL, at bigint NOT NULL, PRIMARY KEY(file, node))
  WITH (fillfactor = 40);
CREATE TABLE refused(file bigint, line bigint, "offset" bigint NOT NULL, length bigint NOT NULL,
  reason text NOT NULL, PRIMARY KEY(file, line));
CREATE TABLE duplicate(file bigint, line bigint, count bigint NOT NULL, event bigint NOT NULL,
  PRIMARY KEY(file, line));
CREATE TABLE mark(account int, day bigint, first bigint NOT NULL, PRIMARY KEY(account, day));
CREATE TABLE history(slot bigint, node int, begun bigint GENERATED ALWAYS AS IDENTITY,
  delivered bigint NOT NULL, rejected bigint NOT NULL, deferred bigint NOT NULL,
  in_doubt bigint NOT NULL, duplicate bigint NOT NULL, discarded bigint NOT NULL,
  PRIMARY KEY(slot, node)) WITH (fillfactor = 40);
CREATE FUNCTION must(seen bigint, wanted bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  IF seen <> wanted THEN
    RAISE EXCEPTION 'another node has taken over' USING ERRCODE = 'SC001';
  END IF;
  RETURN seen;
END $$;
CREATE FUNCTION must_own(seen bigint) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  IF seen <> 1 THEN
    RAISE EXCEPTION 'another node owns the account' USING ERRCODE = 'SC002';
  END IF;
  RETURN seen;
END $$;
ALTER TABLE claim SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
  vacuum_truncate = off);
ALTER TABLE lane SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
  vacuum_truncate = off);
ALTER TABLE account_run SET (autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 1000, vacuum_truncate = off);
ALTER TABLE file_count SET (autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 1000, vacuum_truncate = off);
ALTER TABLE pack SET (autovacuum_vacuum_insert_scale_factor = 0.02);
ALTER TABLE identity SET (autovacuum_vacuum_insert_scale_factor = 0.02);
INSERT INTO ledger(id, version, min_writer)
  VALUES (replace(gen_random_uuid()::text, '-', ''), 1, 1);
)sql";

/// Version 2.
///
/// - node: `leaves`: a person asked it to give its accounts up; `forgotten`: a person gave it up; `beat_at`: for
///   people, and to tell a gone node's connection from a new one's (owner_table.hpp); who owns what is never
///   decided by a wall clock; `machine`: its host; `knows`: the version of the schema that its
///   program knows, for contractions.
/// - command: a person's, for an account's owner. `node`: who asks for it; 0: a program without a daemon.
/// - move: how accounts came from one node to another; the newest are kept.
/// - account_note: `saved_at`: when, by the server's clock.
/// - ledger: `halted`: why every node is to stop; empty: none is.
constexpr char const* several_nodes = R"sql(
ALTER TABLE ledger ADD COLUMN halted text NOT NULL DEFAULT '';
ALTER TABLE node ADD COLUMN leaves bool NOT NULL DEFAULT false,
  ADD COLUMN forgotten bool NOT NULL DEFAULT false,
  ADD COLUMN beat_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN machine text NOT NULL DEFAULT '',
  ADD COLUMN knows int NOT NULL DEFAULT 1;
ALTER TABLE account_note ADD COLUMN saved_at timestamptz NOT NULL DEFAULT now();
CREATE TABLE command(id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, node int NOT NULL,
  account int NOT NULL, request text NOT NULL, who text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(), progress text NOT NULL DEFAULT '',
  answer text NOT NULL DEFAULT '', done bool NOT NULL DEFAULT false);
CREATE INDEX command_open ON command(account) WHERE NOT done;
CREATE TABLE move(id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, account int NOT NULL,
  from_node int NOT NULL, to_node int NOT NULL, how smallint NOT NULL, in_doubt bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT now());
)sql";

constexpr std::array expansions{first_tables, several_nodes};
static_assert(expansions.size() == schema_version);

}  // namespace

schema_steps const& published_steps() noexcept {
    static constexpr schema_steps all{expansions, {}};
    return all;
}

}  // namespace setclick::ledger::postgres

#include "setclickd/telemetry/messages.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace setclick::telemetry {
namespace {

constexpr auto debug = level::debug;
constexpr auto info = level::info;
constexpr auto warn = level::warn;
constexpr auto error = level::error;

constexpr std::string_view report_it =
    "Please report it with the log around it. Nothing is lost: what was under way is in the "
    "ledger.";

/// By key.
constexpr message table[]{
    {"account_cured", info, "the account's token was written; the account goes on with it",
     "An account that was parked as unauthorised has a new token.", ""},
    {"account_new_token", info, "the account has a new token", "", ""},
    {"account_not_configured", warn, "the configuration does not name an account whose events wait",
     "Events of this account are in the ledger, and the configuration has no [[account]] with its "
     "id. "
     "They are kept and not sent.",
     "Add the account again and reload; or, where they are not wanted, discard them "
     "(setclickd discard --account ID)."},
    {"account_open", info, "the account is open again", "The account's events are delivered again.",
     ""},
    {"account_parked", error, "the account is parked; its events wait",
     "Sending on would fail in the same way: the token, the account's rights or its configuration "
     "is "
     "to be mended. No event is rejected for it.",
     "What `cure` names. Then setclickd resume ID, unless the line says that it goes on by "
     "itself."},
    {"account_resumed", info, "the account was resumed by a person", "", ""},
    {"account_state_unreadable", warn,
     "the account's saved rate and park cannot be read; it starts anew",
     "What the last run had learnt about the account's rate is lost; nothing else is.",
     "Nothing. If it comes again, run setclickd ledger check."},
    {"account_still_parked", warn, "the account is still parked",
     "Its events have been waiting since `since`.", "What `cure` names."},
    {"answers_not_written", warn,
     "answers could not be written to the ledger in time; their events are in doubt at the next "
     "start",
     "The ledger's disk was too slow, full or locked while setclickd ended.",
     "Look at the disk. Then setclickd list --in-doubt and setclickd reconcile."},
    {"answers_unreadable", warn,
     "no further event is sent to an endpoint whose answers cannot be read; a report, which books "
     "nothing, asks whether the API is there again",
     "Each 2xx with a page, or with a notice around the JSON, may be the answer to a booking. An "
     "event meets one at most retry.max_in_doubt times, then it is held.",
     "What `cure` names; setclickd list --in-doubt names the events."},
    {"attempt", debug, "attempt", "One request and what came of it.", ""},
    {"command_done", info, "a command that was given through the ledger is carried out",
     "Where several nodes share the ledger: somebody gave it on another host, and this node has "
     "the "
     "account.",
     ""},
    {"command_waits", warn, "a command that was given through the ledger waits",
     "Its part could not be written to the ledger. It stays there, and is tried again each second.",
     "What `error` names; where PostgreSQL is away, nothing."},
    {"comparison_agrees", info, "what was delivered agrees with what was recorded",
     "The account's report holds what was delivered.", ""},
    {"comparison_differs", warn, "what was delivered and what was recorded differ",
     "The account's report holds more or fewer conversions than were delivered.",
     "setclickd reconcile --account ID shows which; what is missing may still be counted by "
     "SealMetrics, so compare again in some hours."},
    {"comparison_failed", warn, "the comparison with the report could not be made",
     "The report could not be read; delivery does not depend on it.",
     "What `error` says. It is tried again at its next time."},
    {"configuration", error, "configuration",
     "A finding about the configuration: file, line, column, key and what is wrong.",
     "Mend what `finding` names, then setclickd check, then systemctl reload setclickd."},
    {"credential_login_failed", warn, "the login gave no token; it is tried again",
     "The account's login was refused or could not be reached.",
     "What `error` says; setclickd check --online tries it."},
    {"credential_unusable", error,
     "the account has no usable token; its events wait until the file is mended",
     "The token's file is missing, empty, readable by others, or holds no token.",
     "Write the token: setclickd token ID. It is taken without a restart, or the line says why "
     "not."},
    {"dedupe_window_later", warn, "dedupe.window changes with the next start only",
     "A reload does not change how long identities are kept.", "Restart when it suits."},
    {"deposed", error,
     "another node has taken over what this one delivered; it ends, and may be started again",
     "This node had not been heard of for so long that another one took its accounts over, or a "
     "second "
     "setclickd was started under its name. What it had under way is in doubt; it ends with 75, "
     "and "
     "systemd starts it anew.",
     "Nothing, where the host stood still or was cut off. Else look for a second setclickd with "
     "the "
     "same ledger."},
    {"disk_answers", warn, "the disk answers again", "A stall of the disk is over.",
     "Look for its cause (the disk, the storage network); setclickd lost nothing by it."},
    {"disk_stalls", warn,
     "the disk does not answer; this thread waits for it, and goes on by itself when it does",
     "A call to the file system of `path` has not returned for seconds.",
     "Look at the disk or its network (dmesg, iostat). setclickd waits; it is not restarted for "
     "it."},
    {"done_changed", warn,
     "bytes of a file in done/ changed that were read: it is given back to incoming/ and read as a "
     "new one; rename files into incoming/ only when they are complete",
     "A producer kept the file open and wrote it anew. Events that were read before are "
     "duplicates.",
     "Make the producer write to a hidden name and rename it, or use setclickd submit."},
    {"done_cleaned", info, "what is past its time in done/ is gone", "See retention.done_files.",
     ""},
    {"done_foreign", warn,
     "files in done/ that are not the ones that were filed there under their names (put in their "
     "place, or copied back) are left alone",
     "Somebody put files into done/.", "Remove them by hand if they are not wanted."},
    {"done_grew", warn,
     "a file grew in done/ after it was finished: it is brought back, and what was appended is "
     "read; "
     "rename files into incoming/ only when they are complete",
     "A producer went on writing after the file was taken to be whole.",
     "Make the producer write to a hidden name and rename it, or use setclickd submit; or raise "
     "spool.settle."},
    {"done_not_brought_back", error,
     "a file that grew in done/ cannot be brought back now; it is tried again, at the latest "
     "before it "
     "would be removed",
     "What was appended is not read yet.", "What `error` says (permissions, room)."},
    {"done_not_removed", warn,
     "a file past its time in done/ cannot be removed; it is tried again at the next start, or in "
     "a day",
     "It takes room, nothing else.", "What `error` says."},
    {"done_open", warn,
     "files past their time in done/ are open for writing, and stay until they are closed",
     "A program still has them open.", "End that program (lsof names it), or ignore it."},
    {"drain_over", warn,
     "the drain's time is over: what is still in flight is given up, and in doubt where it was "
     "sent",
     "setclickd was asked to end, and answers did not come within delivery.drain_timeout.",
     "setclickd list --in-doubt; raise the time if the server is slow."},
    {"ended", info, "setclickd has ended", "", ""},
    {"ending", info, "ending: no new work; waiting for what is in flight", "", ""},
    {"ending_at_once", warn, "a second signal: ending at once; what is in flight is in doubt",
     "Somebody sent SIGTERM or SIGINT twice.", "setclickd list --in-doubt after the next start."},
    {"endpoint_open", info, "the endpoint is open again", "Events are delivered again.", ""},
    {"endpoint_parked", error, "the endpoint is parked; all events wait",
     "What answers is not the API, or nothing may be sent to it, so no event of any account is "
     "sent.",
     "What `cure` names."},
    {"endpoint_paused", info, "the endpoint is paused by a person; all events wait", "", ""},
    {"endpoint_reached", info, "the endpoint can be reached again", "", ""},
    {"endpoint_resumed", info, "the endpoint was resumed by a person", "", ""},
    {"endpoint_state_unreadable", warn,
     "the endpoint's saved rate and park cannot be read; it starts anew",
     "What the last run had learnt about the endpoint is lost; nothing else is.",
     "Nothing. If it comes again, run setclickd ledger check."},
    {"endpoint_still_parked", warn, "the endpoint is still parked",
     "No event has been sent since `since`.", "What `cure` names."},
    {"endpoint_still_unreachable", warn, "the endpoint still cannot be reached; events wait",
     "As endpoint_unreachable, and it lasts.", "As for endpoint_unreachable."},
    {"endpoint_unreachable", warn, "the endpoint cannot be reached; events wait",
     "No connection: the name, the address, a firewall, a proxy or TLS. Nothing was sent, nothing "
     "is "
     "lost.",
     "What `error` says; setclickd check --online tries each step. It goes on by itself."},
    {"event_rejected", warn, "an event was rejected",
     "The API refused this event for what is in it; it is not sent again. At most ten a minute "
     "have a "
     "line of their own; the minute's line counts all.",
     "setclickd show with its `id` says file and line; it comes back in rejected/ when its file is "
     "finished. Mend it and drop it again."},
    {"events_held", warn, "events are held: they are not sent again until a person decides",
     "They may have been booked (in_doubt = \"hold\"), so a second sending is a person's decision.",
     "setclickd reconcile tells which arrived; then setclickd release or discard."},
    {"file_cannot_be_read", error,
     "a file cannot be read on: it stays in work/, the next start tries again; other files go on",
     "The disk or the file system refuses a file that is being read; or a table was begun with a "
     "profile that the configuration no longer has.",
     "What `error` says."},
    {"file_finished", info, "file finished",
     "All its events are final; it lies in done/ under the name `done`.", ""},
    {"file_finished_rejected", warn, "file finished, some of it rejected",
     "All its events are final, and some were refused or rejected; `most_often` is the "
     "commonest.",
     "What lies in rejected/ under the file's name says why for each; mend it and drop it again."},
    {"file_grew", warn, "a file grew after it was read: it is read on",
     "A producer went on writing after the file was taken to be whole. What was appended is read.",
     "Make the producer write to a hidden name and rename it, or use setclickd submit."},
    {"file_holds_empty_list", info, "file read: its list is empty", "An export of nothing.", ""},
    {"file_holds_nothing", warn, "file read: it holds no event",
     "The file is empty or holds only blank lines.", "Look at its producer."},
    {"file_left_alone", warn, "file left alone",
     "It lies in incoming/ and is not taken, for `reason`.", "What `reason` names."},
    {"file_looks_odd", warn, "the file looks odd",
     "It is taken; `reason` says what is unusual about it.",
     "Look at its producer if it is not meant so."},
    {"file_missing", error,
     "a file is missing in work/: all its events are final, but the file itself cannot be archived",
     "Somebody removed or moved it. No event is lost; the file is.", "Leave work/ to setclickd."},
    {"file_missing_read", error,
     "a file is missing in work/: its events are in the ledger and go on, the file is gone",
     "Somebody removed or moved it. No event is lost; the file is.", "Leave work/ to setclickd."},
    {"file_missing_unread", error,
     "a file is missing in work/ and was not read to its end: put it back and start again",
     "Somebody removed or moved a file that was being read: what follows `read_up_to` is in no "
     "ledger.",
     "Put the file back where `path` says and restart; or drop the rest of it anew."},
    {"file_read", info, "file read", "Its events are in the ledger and will be sent.", ""},
    {"file_read_refused", warn, "file read, some of it refused",
     "Lines, or rows of a table, that are no usable events were refused; all others will be sent. "
     "A "
     "table may be refused as a whole: then line 1 stands for all of it.",
     "rejected/ holds what was refused with the reason of each; mend it and drop it again. "
     "\"setclickd preview FILE\" shows what a table lacks (docs/csv.md)."},
    {"files_archived_again", info, "finished files can be archived again", "", ""},
    {"files_left_alone", warn, "more files are left alone in incoming/ than are named here",
     "Only some are named one by one.", "setclickd status counts them and says why."},
    {"files_not_archived", error,
     "finished files cannot be archived now; nothing is lost, it is tried again",
     "done/ cannot be written to.", "What `error` says (permissions, room, a mount)."},
    {"files_not_opened", error,
     "files in work/ cannot be opened now; nothing is lost, it is tried again",
     "No descriptors, or the file system refuses.", "What `error` says."},
    {"files_not_taken", error, "files cannot be taken now; nothing is lost, it is tried again",
     "Moving files from incoming/ to work/ fails.",
     "What `error` says (permissions, room, a mount)."},
    {"files_opened_again", info, "files in work/ can be opened again", "", ""},
    {"files_taken_again", info, "files can be taken again", "", ""},
    {"files_taken_up", info, "files of an earlier run taken up", "", ""},
    {"incoming_listed_again", info, "incoming/ can be listed again", "", ""},
    {"incoming_not_listed", error, "incoming/ cannot be listed", "No new file is seen meanwhile.",
     "What `error` says (permissions, a mount)."},
    {"last_run_crashed", warn,
     "the last run ended by a fault of its own (SIGSEGV, SIGABRT, the watchdog); please report it",
     "A fault of setclickd.", report_it},
    {"last_run_cut", warn, "the last run ended with attempts under way; their events are in doubt",
     "setclickd was killed, or the power went, while requests were in flight.",
     "setclickd list --in-doubt; setclickd reconcile tells which arrived."},
    {"ledger_away", error,
     "the ledger's server cannot be worked with: no event is claimed meanwhile, files stay in "
     "incoming/, and what was answered is kept; it goes on by itself",
     "PostgreSQL is away, ends or begins, is read only, takes no further connection, or lets "
     "setclickd "
     "in no more: `error` says which, and what helps. Nothing is lost, and nothing comes into "
     "doubt by "
     "it.",
     "What `error` says; else look at the server (its log, systemctl status postgresql) and at the "
     "network to it."},
    {"ledger_away_start", error,
     "the ledger's server cannot be worked with; setclickd starts when it can",
     "PostgreSQL could not be reached at the start; it is tried again twice a second.",
     "What `error` says; else look at the server and at the network to it."},
    {"ledger_back", info, "the ledger's server can be worked with again; everything goes on", "",
     ""},
    {"ledger_full", error, "the ledger has no room; no event is claimed until there is some",
     "The disk of the ledger is full.", "Make room on the ledger's file system."},
    {"ledger_full_intake", error,
     "the ledger's disk is full: nothing more is taken, the spool stays as it is; it goes on by "
     "itself "
     "when there is room",
     "The disk of the ledger is full.", "Make room on the ledger's file system."},
    {"ledger_locked", error,
     "the ledger is locked by another program; no event is claimed meanwhile, and what was "
     "answered is "
     "kept",
     "`error` says which process holds the lock.", "End that program, or its transaction."},
    {"ledger_locked_intake", error,
     "the ledger is locked by another program: nothing more is taken, the spool stays as it is; it "
     "goes "
     "on by itself",
     "`error` says which process holds the lock.", "End that program, or its transaction."},
    {"ledger_locked_start", error,
     "the ledger is locked by another program; setclickd starts when that ends",
     "`error` says which process holds the lock.", "End that program, or its transaction."},
    {"ledger_log_folded", info, "nobody keeps the ledger's log from being folded any more", "", ""},
    {"ledger_log_grows", warn,
     "the ledger's log cannot be folded: another program has been reading the ledger for long; the "
     "log "
     "grows until it ends",
     "A reader (a backup, an open sqlite3) keeps ledger.db-wal from shrinking.",
     "End the program that `reader` names, or its transaction."},
    {"ledger_lost", error,
     "the ledger's server has lost what it had acknowledged: every node stops until a person has "
     "looked",
     "A standby took over that had not received everything, or a restored copy was started: what a "
     "node had been told to be durable is not there. Events that the ledger calls waiting may have "
     "been sent; no node starts (74) until a person has decided.",
     "Where a server has everything, make that one the primary again. Else stop all nodes, and on "
     "one of them: setclickd ledger adopt (docs/cluster.md)."},
    {"ledger_no_checksums", warn,
     "the ledger has no checksums: there is no room to write it anew. It works without; what its "
     "disk damages may go unnoticed. Make room, and the next start does it",
     "The ledger is of an earlier version, and its disk has not `needed` bytes free.",
     "Make room on the ledger's file system, then restart setclickd."},
    {"ledger_rewrite", info,
     "the ledger is of an earlier version: it is written anew once, with checksums",
     "The start takes as long as the disk needs for a few times `bytes`. Cut short, it is made up "
     "at "
     "the next start.",
     ""},
    {"ledger_rewritten", info, "the ledger has been written anew", "", ""},
    {"ledger_unsafe", warn,
     "the server of the ledger does not keep what it acknowledges through a power cut",
     "PostgreSQL is set up to be fast rather than safe: `why` names the setting.",
     "Turn it on in postgresql.conf and reload the server."},
    {"ledger_writable", info, "the ledger can be written again; delivery goes on", "", ""},
    {"ledger_writable_intake", info, "the ledger can be written again: the intake goes on", "", ""},
    {"line_poisonous", error,
     "reading a file ended the daemon three times at the same place: that line is refused unread, "
     "reason crash",
     "A fault of setclickd at one line; the others of the file are read.", report_it},
    {"line_read_again", warn,
     "a line that was refused where its file ended goes on, since the file has grown: it is read "
     "again, "
     "and its refusal stays",
     "A producer was in the middle of a line when the file was taken to be whole.",
     "Nothing for this file. Make the producer write to a hidden name and rename it."},
    {"minute", info, "the last minute", "What was done in the last minute, and what waits.", ""},
    {"more_files_finished", info, "more files finished", "Counted instead of named one by one.",
     ""},
    {"more_files_read", info, "more files read", "Counted instead of named one by one.", ""},
    {"no_inotify", warn, "no inotify: files are found by the scan alone",
     "The kernel gave no inotify instance (limits), or the file system has none. Files are taken "
     "at "
     "most spool.scan_interval later.",
     "Raise fs.inotify.max_user_instances, or leave it so."},
    {"node_accounts_given", info, "an account was given to another node",
     "Where several nodes share the ledger: its home is another node, or this one may not send for "
     "it.",
     ""},
    {"node_accounts_taken", info, "accounts that nobody had are this node's from now on",
     "Where several nodes share the ledger: their owner ended, was taken for dead, or gave them "
     "up.",
     ""},
    {"node_doubts", warn, "another node ended with attempts under way; their events are in doubt",
     "Another host's setclickd was killed, hung, or was cut off from PostgreSQL; this one has "
     "taken its "
     "accounts over.",
     "setclickd list --in-doubt; setclickd reconcile tells which arrived."},
    {"node_lease_ended", warn,
     "the lease has ended: PostgreSQL has not answered for too long; nothing is sent until it "
     "does, and what "
     "was on its way is broken off",
     "Without an answer this node cannot know whether another one has taken over. It goes on by "
     "itself.",
     "Look at PostgreSQL and the way to it."},
    {"node_watches", info,
     "the spool was used by another machine, or before this one's last boot: watching for 20 s "
     "whether another "
     "process still lives under its identity",
     "Two processes under one identity would both send. After a reboot this is usual.", ""},
    {"page_failed", error, "a page could not be made",
     "A fault of setclickd in the web face. That page answers 500; delivery goes on.", report_it},
    {"profile_changed", warn,
     "a profile has changed since a table was looked at: the rest of the table is read by what it "
     "says now",
     "The rows before `from_line` were read by what the profile said then; what the table's own "
     "rows "
     "decided (the order of dates, the decimal sign) stays.",
     "Nothing, where that was meant. Else: setclickd list --file NAME --results csv prints what "
     "became "
     "of each row."},
    {"pruned", info, "what is past its retention is gone from the ledger", "See [retention].", ""},
    {"rate_follows", info, "the rate follows the server",
     "The server asked for a slower rate, or the rate rises again.", ""},
    {"ready", info, "setclickd is ready", "", ""},
    {"refused_lines_not_written", error,
     "refused lines cannot be written now; nothing is lost, it is tried again",
     "rejected/ cannot be written to.", "What `error` says (permissions, room, a mount)."},
    {"refused_lines_written", info, "refused lines can be written again", "", ""},
    {"refused_not_given_back", warn, "refused lines cannot be given back to who dropped them",
     "The lines lie in rejected/ all the same, for the daemon's user and group. The file system of "
     "the "
     "spool has no access lists (POSIX ACL: some network file systems, FAT), or `error` came in "
     "the way. "
     "Logged once a start.",
     "Put the spool on a file system with access lists, or set spool.share_rejected to \"group\" "
     "or \"no\"."},
    {"rejected_lines_unread", error,
     "a file cannot be read again for the lines that the server rejected: it stays where it is, "
     "the "
     "next start tries again; other files go on",
     "The lines go to rejected/ once the file can be read.", "What `error` says."},
    {"rejected_stay", info,
     "of the account's rejected events those that were dropped again since stay so", "", ""},
    {"rejected_wait_again", info, "what was rejected before the account was parked waits again",
     "They were rejected for a fault of the account that is mended.", ""},
    {"reload_failed", error, "the configuration was not reloaded; the old one stays",
     "The new configuration cannot be used; setclickd goes on with the old one.",
     "Mend what `error` names; setclickd check shows every finding."},
    {"reloaded", info, "the configuration was reloaded", "", ""},
    {"server_stray_bytes", warn,
     "the server sent bytes that nobody asked for; the connection was closed",
     "A server or a proxy breaks HTTP/1.1. Events that were sent over the connection just before "
     "are in "
     "doubt where `in_doubt` counts them.",
     "Look at the proxy in between, if there is one."},
    {"start_failed", error, "setclickd cannot start", "`error` says why.", "What `error` names."},
    {"stopped", error, "setclickd cannot go on",
     "It ends so that nothing is lost; systemd restarts it unless a person is needed first.",
     "What `error` names."},
    {"thread_count_later", warn, "delivery.threads changes with the next start only",
     "A reload does not change the number of threads.", "Restart when it suits."},
    {"token_unusable", warn,
     "the account's token file was written, but holds no usable token; the old one stays",
     "What was written is no token, or others may read it.", "Write it again: setclickd token ID."},
    {"token_unusable_reload", warn, "the account's token file cannot be used; the old token stays",
     "The reload found the token's file missing, unreadable or without a token.",
     "Write it again: setclickd token ID."},
    {"trouble", warn, "trouble with the account's deliveries; they are tried again, less often",
     "The API answers with errors that pass by themselves (5xx, 429, time-outs).",
     "Nothing, unless it lasts; `reason` and `detail` say what is answered."},
    {"trouble_comes_and_goes", warn, "trouble with the account's deliveries comes and goes",
     "As trouble, again and again.", "As for trouble."},
    {"trouble_lasts", warn, "trouble with the account's deliveries lasts",
     "As trouble, since `since`.",
     "Ask SealMetrics if it goes on: `reason` says what is answered. Nothing is lost meanwhile."},
    {"trouble_over", info, "the account's deliveries go well again", "", ""},
    {"unknown_outcome", warn, "an event may have been received without our knowing",
     "The request was sent and no answer said what became of it. `then` says what follows: it is "
     "sent "
     "again, or held (in_doubt).",
     "setclickd list --in-doubt; setclickd reconcile tells which arrived. A double booking is "
     "counted "
     "there, never hidden."},
    {"wait_unreadable", warn,
     "the server asks for a wait that cannot be read; the waits grow by themselves instead",
     "`field` of the answer is neither seconds nor a date. Logged once for each account and field.",
     "Nothing; if 429 answers go on, a lower rate_per_minute avoids them."},
    {"web_fault", error, "the web face met a fault and begins again; delivery goes on",
     "Metrics and page were not served for a second.", report_it},
    {"web_left_behind", warn, "a thread of the web face hangs and is left behind",
     "setclickd ended without waiting for it.",
     "Look at the disk of the ledger; it may not answer."},
    {"web_listening", info, "metrics and web page are served",
     "`page` shows whether the page and /status.json are open to somebody (docs/web.md).", ""},
    {"web_no_descriptors", warn,
     "the web face has no descriptor or no memory for a client; it tries again",
     "The process has as many files and connections open as it may.",
     "Raise LimitNOFILE of the unit; it has to hold delivery.connections as well."},
    {"web_not_listening", warn, "metrics and web page cannot be served; delivery goes on",
     "The address of metrics.listen cannot be listened on; `error` has the reason and the cure. It "
     "is tried again, as "
     "`next_try_in` has it.",
     "What `error` names; or metrics.listen = \"\" where nobody wants them."},
    {"web_password_unreadable", warn,
     "the password of the web page cannot be read; the page stays closed",
     "The file of metrics.password_file is missing, empty, or open to others.",
     "Write a new one with setclickd web-password, or mend the file's mode; then reload."},
    {"web_reached_from_outside", warn, "the metrics can be read from other machines",
     "metrics.listen is not an address of this machine alone: whoever reaches it reads the metrics "
     "without a password, with "
     "the ids of the accounts, and the page's password crosses the network unencrypted.",
     "Where that is not meant: metrics.listen = \"127.0.0.1:9464\". Else a firewall, or a reverse "
     "proxy with TLS "
     "(docs/web.md)."},
    {"woken", error,
     "events wait and nothing would have woken them: a fault of this program, please report it; "
     "they "
     "are woken now",
     "A fault of setclickd that it has mended by itself.", report_it},
    {"work_foreign", warn, "a file in work/ that setclickd did not put there is left alone",
     "Somebody put a file into work/.", "Move it to incoming/ if its events are to be sent."},
    {"work_more", error, "more files are missing or foreign in work/ than are named here",
     "Only some are named one by one.", "Leave work/ to setclickd."},
};

constexpr bool is_sorted_by_key() {
    return std::ranges::is_sorted(table, {}, &message::key);
}
static_assert(is_sorted_by_key(), "found by bisection");

constexpr bool is_complete() {
    return std::ranges::all_of(table, [](message const& m) {
        return m.severity < level::warn || (!m.meaning.empty() && !m.action.empty());
    });
}
static_assert(is_complete(), "a warning or error says what it means and what to do");

}  // namespace

std::span<message const> messages() noexcept {
    return table;
}

message const* message_with_key(std::string_view key) noexcept {
    auto const* const found = std::ranges::lower_bound(table, key, {}, &message::key);
    return found != std::end(table) && found->key == key ? found : nullptr;
}

message const* message_with_text(std::string_view text) noexcept {
    static auto const* const by_text = [] {
        auto* const map = new std::unordered_map<std::string_view, message const*>;
        for (auto const& m : table)
            map->emplace(m.text, &m);
        return map;
    }();
    auto const found = by_text->find(text);
    return found == by_text->end() ? nullptr : found->second;
}

std::string explanation(message const& m) {
    std::string out = std::string(m.key) + " (" + std::string(name_of(m.severity)) + ")\n  \"" +
                      std::string(m.text) + "\"\n";
    if (!m.meaning.empty()) out += "\nWhat it means: " + std::string(m.meaning) + "\n";
    if (!m.action.empty()) out += "What to do: " + std::string(m.action) + "\n";
    return out;
}

std::string messages_page() {
    std::string out =
        "| `event=` | level | message | what it means | what to do |\n"
        "| --- | --- | --- | --- | --- |\n";
    for (auto const severity : {level::error, level::warn, level::info, level::debug})
        for (auto const& m : table) {
            if (m.severity != severity) continue;
            out += "| `" + std::string(m.key) + "` | " + std::string(name_of(m.severity)) + " | " +
                   std::string(m.text) + " | " + std::string(m.meaning) + " | " +
                   std::string(m.action) + " |\n";
        }
    return out;
}

}  // namespace setclick::telemetry

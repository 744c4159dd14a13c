// Commands that read back what the vendor has recorded.
#include "commands.hpp"
#include "report_output.hpp"
#include "setclickd/api/report.hpp"
#include "setclickd/reconcile/counts.hpp"

namespace setclick::cli {

void command_line::add_report() {
    auto* all = add("report", "Read back what SealMetrics has recorded",
                    "  setclickd report microconversions --help\n", [] { return 0; });
    all->require_subcommand(1);
    auto* sub = all->add_subcommand("microconversions",
                                    "The recorded microconversions, row by row, or counted");
    sub->fallthrough();
    sub->footer(
        "Examples:\n"
        "  setclickd report microconversions --date-range yesterday\n"
        "  setclickd report microconversions --date-range 2026-11-01,2026-11-30 --format csv > "
        "november.csv\n"
        "  setclickd report microconversions --date-range last_30_days --by label,source\n"
        "  setclickd report microconversions --date-range this_month --plot\n");
    // The parser calls the outer command's callback after this one.
    all->callback([this] {
        chosen_ = [this] {
            report_.config = config_;
            return report_microconversions(report_, io_);
        };
    });
    sub->add_option("--account", report_.account,
                    "The account's id; not needed where one is configured")
        ->type_name("ID");
    add_choice(*sub, "--date-range", report_.date_range, words_of(api::date_range_names()),
               "YYYYMMDD,YYYYMMDD, ISO dates, one day, or a name: ")
        ->type_name("RANGE")
        ->capture_default_str();
    sub->add_option("--country", report_.country, "Only this country, two letters such as es")
        ->type_name("CODE");
    sub->add_option("--label", report_.label, "Only rows with this label")->type_name("LABEL");
    sub->add_option("--skip", report_.skip, "Skip the first N rows")->type_name("N");
    sub->add_option("--limit", report_.limit, "Print at most N rows (0: all)")
        ->type_name("N")
        ->capture_default_str();
    add_choice(*sub, "--format", report_.format, words_of(report_format_names()))
        ->type_name("FORMAT")
        ->capture_default_str();
    add_choice(*sub, "--by", report_.by, words_of(reconcile::column_names()),
               "Counts instead of rows; a list, with commas, of ")
        ->type_name("LIST");
    sub->add_flag("--plot", report_.plot, "The counts as bars (by day, or --by)");
}

void command_line::add_reconcile() {
    auto* sub =
        add("reconcile", "Compare what was delivered with what SealMetrics has recorded",
            "  setclickd reconcile --date-range last_7_days\n"
            "  setclickd reconcile --date-range 2026-11-01,2026-11-30 --json | jq '.tuples[] | "
            "select(.missing > 0)'\n"
            "  setclickd reconcile --resolve --dry-run      held events that the counts decide\n"
            "  setclickd reconcile --resolve                what that has shown\n"
            "Exit codes: 0 agrees, 3 differs, 69 unreachable.\n",
            [this] {
                reconcile_.config = config_;
                return reconcile_command(reconcile_, io_);
            });
    sub->add_option("--account", reconcile_.account,
                    "The account's id; not needed where one is configured")
        ->type_name("ID");
    auto* const range = sub->add_option("--date-range", reconcile_.date_range,
                                        "As of report microconversions; days of "
                                        "reconcile.time_zone");
    words_[range] = words_of(api::date_range_names());
    range->type_name("RANGE")->capture_default_str();
    sub->add_flag("--json", reconcile_.json, "Print JSON, for scripts");
    sub->add_flag("--resolve", reconcile_.resolve,
                  "Release held events that were not recorded, settle those that were; only where "
                  "the counts decide it, and only as "
                  "--dry-run has shown before");
    sub->add_flag("--dry-run", reconcile_.dry_run, "Only show what --resolve would do");
}

}  // namespace setclick::cli

# Completion of setclickd in bash. Made from the table of commands that the program itself reads; not to be edited.
# shellcheck shell=bash

# The commands below a command.
_setclickd_commands() {
    REPLY=''
    case $1 in
        '') REPLY='setup run check submit preview profiles status top list show files rejected retry hold release discard pause resume reload ledger cluster report reconcile token web-password accounts config doctor health explain' ;;
        'ledger') REPLY='check backup adopt import migrate roles' ;;
        'cluster') REPLY='drain forget' ;;
        'report') REPLY='microconversions' ;;
        'config') REPLY='init show' ;;
        *) return 1 ;;
    esac
}

# The options of a command.
_setclickd_options() {
    REPLY=''
    case $1 in
        '') REPLY='-V --version --config -h --help' ;;
        'setup') REPLY='--account --no-start --config -h --help' ;;
        'run') REPLY='--once --config -h --help' ;;
        'check') REPLY='--online --json --config -h --help' ;;
        'submit') REPLY='--name --partial --wait --at-most --check --profile --show-request --json --config -h --help' ;;
        'preview') REPLY='--profile --reveal --json --config -h --help' ;;
        'profiles') REPLY='--from --config -h --help' ;;
        'status') REPLY='--json --exit-code --watch --config -h --help' ;;
        'top') REPLY='--interval --once --config -h --help' ;;
        'list') REPLY='--state --account --file --older --newer --reason --in-doubt --counts --results --limit --json --config -h --help' ;;
        'show') REPLY='--reveal --json --config -h --help' ;;
        'files') REPLY='--limit --json --config -h --help' ;;
        'rejected') REPLY='--json --config -h --help' ;;
        'retry') REPLY='--state --account --file --older --newer --reason --in-doubt --all --dry-run --json --force --config -h --help' ;;
        'hold') REPLY='--state --account --file --older --newer --reason --in-doubt --all --dry-run --json --config -h --help' ;;
        'release') REPLY='--state --account --file --older --newer --reason --in-doubt --all --dry-run --json --config -h --help' ;;
        'discard') REPLY='--state --account --file --older --newer --reason --in-doubt --all --dry-run --json --yes --config -h --help' ;;
        'pause') REPLY='--endpoint --all --json --config -h --help' ;;
        'resume') REPLY='--endpoint --all --accept-rejections --forget-rate --json --config -h --help' ;;
        'reload') REPLY='--config -h --help' ;;
        'ledger') REPLY='--config -h --help' ;;
        'ledger check') REPLY='--json --config -h --help' ;;
        'ledger backup') REPLY='--config -h --help' ;;
        'ledger adopt') REPLY='--yes --json --config -h --help' ;;
        'ledger import') REPLY='--json --config -h --help' ;;
        'ledger migrate') REPLY='--as --contract --json --config -h --help' ;;
        'ledger roles') REPLY='--config -h --help' ;;
        'cluster') REPLY='--json --all --exit-code --config -h --help' ;;
        'cluster drain') REPLY='--json --undo --config -h --help' ;;
        'cluster forget') REPLY='--json --yes --config -h --help' ;;
        'report') REPLY='--config -h --help' ;;
        'report microconversions') REPLY='--account --date-range --country --label --skip --limit --format --by --plot --config -h --help' ;;
        'reconcile') REPLY='--account --date-range --json --resolve --dry-run --config -h --help' ;;
        'token') REPLY='--config -h --help' ;;
        'web-password') REPLY='--config -h --help' ;;
        'accounts') REPLY='--new-token --json --config -h --help' ;;
        'config') REPLY='--config -h --help' ;;
        'config init') REPLY='--account --token-file --config -h --help' ;;
        'config show') REPLY='--origin --all --config -h --help' ;;
        'doctor') REPLY='--offline --json --config -h --help' ;;
        'health') REPLY='--strict --oldest --no-file --remember --for --again --config -h --help' ;;
        'explain') REPLY='--config -h --help' ;;
        *) return 1 ;;
    esac
}

# What stands for the value of an option, or for an argument; nothing: any text.
_setclickd_value() {
    REPLY=''
    case $1:$2 in
        *:--config) REPLY='@file' ;;
        'setup':--account) REPLY='' ;;
        'submit':--name | 'submit':--at-most | 'submit':--profile) REPLY='' ;;
        'submit':ARGUMENT) REPLY='@file' ;;
        'preview':--profile) REPLY='' ;;
        'preview':ARGUMENT) REPLY='@file' ;;
        'profiles':--from) REPLY='@file' ;;
        'profiles':ARGUMENT) REPLY='' ;;
        'status':--watch) REPLY='' ;;
        'top':--interval) REPLY='' ;;
        'list':--state) REPLY='waiting in_flight deferred held delivered rejected discarded refused duplicate' ;;
        'list':--account | 'list':--file | 'list':--older | 'list':--newer | 'list':--reason | 'list':--limit) REPLY='' ;;
        'list':--results) REPLY='csv' ;;
        'show':ARGUMENT) REPLY='' ;;
        'files':--limit) REPLY='' ;;
        'retry':--state) REPLY='waiting in_flight deferred held delivered rejected discarded' ;;
        'retry':--account | 'retry':--file | 'retry':--older | 'retry':--newer | 'retry':--reason | 'retry':ARGUMENT) REPLY='' ;;
        'hold':--state) REPLY='waiting in_flight deferred held delivered rejected discarded' ;;
        'hold':--account | 'hold':--file | 'hold':--older | 'hold':--newer | 'hold':--reason | 'hold':ARGUMENT) REPLY='' ;;
        'release':--state) REPLY='waiting in_flight deferred held delivered rejected discarded' ;;
        'release':--account | 'release':--file | 'release':--older | 'release':--newer | 'release':--reason | 'release':ARGUMENT) REPLY='' ;;
        'discard':--state) REPLY='waiting in_flight deferred held delivered rejected discarded' ;;
        'discard':--account | 'discard':--file | 'discard':--older | 'discard':--newer | 'discard':--reason | 'discard':ARGUMENT) REPLY='' ;;
        'pause':ARGUMENT) REPLY='' ;;
        'resume':ARGUMENT) REPLY='' ;;
        'ledger backup':ARGUMENT) REPLY='@file' ;;
        'ledger import':ARGUMENT) REPLY='@file' ;;
        'ledger migrate':--as) REPLY='' ;;
        'cluster drain':ARGUMENT) REPLY='' ;;
        'cluster forget':ARGUMENT) REPLY='' ;;
        'report microconversions':--account | 'report microconversions':--country | 'report microconversions':--label | 'report microconversions':--skip | 'report microconversions':--limit) REPLY='' ;;
        'report microconversions':--date-range) REPLY='today yesterday last_7_days last_14_days last_30_days last_60_days last_90_days this_month last_month this_week_monday_sunday this_week_sunday_saturday this_year last_year' ;;
        'report microconversions':--format) REPLY='table csv ndjson json' ;;
        'report microconversions':--by) REPLY='@list day label source medium campaign' ;;
        'reconcile':--account) REPLY='' ;;
        'reconcile':--date-range) REPLY='today yesterday last_7_days last_14_days last_30_days last_60_days last_90_days this_month last_month this_week_monday_sunday this_week_sunday_saturday this_year last_year' ;;
        'token':ARGUMENT) REPLY='' ;;
        'accounts':ARGUMENT) REPLY='' ;;
        'config init':--account) REPLY='' ;;
        'config init':--token-file) REPLY='@file' ;;
        'health':--oldest | 'health':--no-file | 'health':--for | 'health':--again) REPLY='' ;;
        'health':--remember) REPLY='@file' ;;
        'explain':ARGUMENT) REPLY='@keys' ;;
        *) return 1 ;;
    esac
}

_setclickd() {
    local cur=${COMP_WORDS[COMP_CWORD]} command='' option='' front='' arguments_only='' word words REPLY i
    COMPREPLY=()
    # Which command the words before the cursor name, and the option whose value comes next.
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ -n $option ]]; then
            # --option=value is three words here, with the "=" in the middle.
            [[ $word == = ]] || option=''
        elif [[ $word == -- ]]; then
            arguments_only=yes
        elif [[ $word == -* && -z $arguments_only ]]; then
            ! _setclickd_value "$command" "$word" || option=$word
        elif _setclickd_commands "$command" && [[ " $REPLY " == *" $word "* ]]; then
            command+=${command:+ }$word
        fi
    done
    [[ $cur != = ]] || cur=''
    if [[ $cur == --*=* ]]; then  # where "=" does not part words
        option=${cur%%=*} front=${cur%%=*}= cur=${cur#*=}
    fi

    if [[ -n $option ]]; then
        _setclickd_value "$command" "$option"
    elif [[ $cur == -* && -z $arguments_only ]]; then
        _setclickd_options "$command"
    else
        _setclickd_commands "$command" || _setclickd_value "$command" ARGUMENT
    fi || return 0
    case $REPLY in
        @file) mapfile -t COMPREPLY < <(compgen -f -P "$front" -- "$cur") ;;
        # A newer program may have more of them than this file.
        @keys) mapfile -t COMPREPLY < <(compgen -W "$(setclickd explain 2>/dev/null | sed 's/ .*//')" -- "$cur") ;;
        @directory) mapfile -t COMPREPLY < <(compgen -d -P "$front" -- "$cur") ;;
        @list\ *)
            front+=${cur%"${cur##*,}"}
            words=''
            for word in ${REPLY#@list }; do
                [[ ,$front == *[,=]"$word",* ]] || words+=" $word"
            done
            mapfile -t COMPREPLY < <(compgen -P "$front" -W "$words" -- "${cur##*,}")
            ;;
        *) mapfile -t COMPREPLY < <(compgen -P "$front" -W "$REPLY" -- "$cur") ;;
    esac
    # Neither does harm where the function is called by hand.
    [[ $REPLY != @file && $REPLY != @directory ]] || compopt -o filenames 2>/dev/null || true
    [[ $REPLY != @list\ * ]] || compopt -o nospace 2>/dev/null || true
}
complete -F _setclickd setclickd

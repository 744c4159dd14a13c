# Completion of setclick-sandbox in bash. Made from the table of commands that the program itself reads; not to be edited.
# shellcheck shell=bash

# The commands below a command.
_setclick_sandbox_commands() {
    REPLY=''
    case $1 in
        *) return 1 ;;
    esac
}

# The options of a command.
_setclick_sandbox_options() {
    REPLY=''
    case $1 in
        '') REPLY='-V --version --listen --dir --cert --key --name --record --book --record-raw --base-path --date-skew --threads --token --token-file --login --account --accounts-bare --login-ttl --login-expires --compress --report-chunked --page-cap --report-delay --website-rows --website-days --website-label --swallow --swallow-every --double --rows-between-pages --vanish-between-pages --no-pagination --click-time-unit --report-day --report-utc-offset --label-field --seed --latency --fail-share --fail-status --fail-books --throttle-share --throttle-body --retry-after --retry-after-raw --rate-per-minute --burst --rate-headers --rate-reset --reset-before-read --reset-after-read --reset-after-book --stall --stall-after-book --slow-bytes --slow-interval --late-answer --close-every --idle-close --status --body --header --status-books --status-for --informational --double-response --faults-on -h --help' ;;
        *) return 1 ;;
    esac
}

# What stands for the value of an option, or for an argument; nothing: any text.
_setclick_sandbox_value() {
    REPLY=''
    case $1:$2 in
        *:--listen | *:--name | *:--base-path | *:--date-skew | *:--threads | *:--token | *:--login | *:--account | *:--login-ttl | *:--page-cap | *:--report-delay | *:--website-rows | *:--website-days | *:--website-label | *:--swallow | *:--swallow-every | *:--double | *:--report-utc-offset | *:--label-field | *:--seed | *:--latency | *:--fail-share | *:--fail-status | *:--throttle-share | *:--throttle-body | *:--retry-after | *:--retry-after-raw | *:--rate-per-minute | *:--burst | *:--rate-reset | *:--reset-before-read | *:--reset-after-read | *:--reset-after-book | *:--stall | *:--stall-after-book | *:--slow-bytes | *:--slow-interval | *:--late-answer | *:--close-every | *:--idle-close | *:--status | *:--header | *:--status-for | *:--informational) REPLY='' ;;
        *:--dir) REPLY='@directory' ;;
        *:--cert | *:--key | *:--record | *:--book | *:--record-raw | *:--token-file | *:--body) REPLY='@file' ;;
        *:--login-expires) REPLY='iso_us iso sql' ;;
        *:--compress) REPLY='none auto gzip deflate deflate-raw br' ;;
        *:--click-time-unit) REPLY='auto ms s' ;;
        *:--report-day) REPLY='click delivery' ;;
        *:--faults-on) REPLY='@list ' ;;
        *) return 1 ;;
    esac
}

_setclick_sandbox() {
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
            ! _setclick_sandbox_value "$command" "$word" || option=$word
        elif _setclick_sandbox_commands "$command" && [[ " $REPLY " == *" $word "* ]]; then
            command+=${command:+ }$word
        fi
    done
    [[ $cur != = ]] || cur=''
    if [[ $cur == --*=* ]]; then  # where "=" does not part words
        option=${cur%%=*} front=${cur%%=*}= cur=${cur#*=}
    fi

    if [[ -n $option ]]; then
        _setclick_sandbox_value "$command" "$option"
    elif [[ $cur == -* && -z $arguments_only ]]; then
        _setclick_sandbox_options "$command"
    else
        _setclick_sandbox_commands "$command" || _setclick_sandbox_value "$command" ARGUMENT
    fi || return 0
    case $REPLY in
        @file) mapfile -t COMPREPLY < <(compgen -f -P "$front" -- "$cur") ;;
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
complete -F _setclick_sandbox setclick-sandbox

#include "reference/shell_completion.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace setclick::reference {
namespace {

std::string replaced(std::string text, std::string const& what, std::string const& with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    return text;
}

/// "setclick-sandbox" → "_setclick_sandbox".
std::string function_of(std::string const& program) {
    return "_" + replaced(program, "-", "_");
}

std::string joined(std::vector<std::string> const& words, std::string const& between) {
    std::string out;
    for (auto const& word : words)
        out += (out.empty() ? "" : between) + word;
    return out;
}

std::vector<std::string> names_of(std::vector<command_text> const& commands) {
    std::vector<std::string> names;
    for (auto const& command : commands)
        names.push_back(command.path.back());
    return names;
}

std::vector<std::string> names_of(std::vector<option_text> const& options) {
    std::vector<std::string> names;
    for (auto const& option : options)
        names.insert(names.end(), option.names.begin(), option.names.end());
    return names;
}

/// Every command that does something or has others below it, the program itself first.
void append_all(std::vector<command_text const*>& out, command_text const& command) {
    out.push_back(&command);
    for (auto const& below : command.commands)
        append_all(out, below);
}

std::vector<command_text const*> all_of(command_text const& command) {
    std::vector<command_text const*> out;
    append_all(out, command);
    return out;
}

// --- bash ----------------------------------------------------------------------------------------

/// What follows the tables: reads the words before the cursor and completes the one at it.
constexpr char const* bash_engine = R"sh(
FUNCTION() {
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
            ! FUNCTION_value "$command" "$word" || option=$word
        elif FUNCTION_commands "$command" && [[ " $REPLY " == *" $word "* ]]; then
            command+=${command:+ }$word
        fi
    done
    [[ $cur != = ]] || cur=''
    if [[ $cur == --*=* ]]; then  # where "=" does not part words
        option=${cur%%=*} front=${cur%%=*}= cur=${cur#*=}
    fi

    if [[ -n $option ]]; then
        FUNCTION_value "$command" "$option"
    elif [[ $cur == -* && -z $arguments_only ]]; then
        FUNCTION_options "$command"
    else
        FUNCTION_commands "$command" || FUNCTION_value "$command" ARGUMENT
    fi || return 0
    case $REPLY in
        @file) mapfile -t COMPREPLY < <(compgen -f -P "$front" -- "$cur") ;;
ASKED        @directory) mapfile -t COMPREPLY < <(compgen -d -P "$front" -- "$cur") ;;
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
complete -F FUNCTION PROGRAM
)sh";

/// For a program with an argument whose words it is asked for.
constexpr char const* bash_asked =
    R"sh(        # A newer program may have more of them than this file.
        @keys) mapfile -t COMPREPLY < <(compgen -W "$(PROGRAM explain 2>/dev/null | sed 's/ .*//')" -- "$cur") ;;
)sh";

std::string bash_value(option_text const& option) {
    if (option.value == "FILE") return "@file";
    if (option.value == "DIR") return "@directory";
    if (option.value == "KEY") return "@keys";
    auto const words = joined(option.words, " ");
    return option.value == "LIST" ? "@list " + words : words;
}

/// One table as a function: sets REPLY by the command, false where it has nothing.
std::string bash_table(std::string const& name, std::string const& comment, std::string const& key,
                       std::string const& rows) {
    return "\n# " + comment + "\n" + name + "() {\n    REPLY=''\n    case " + key + " in\n" + rows +
           "        *) return 1 ;;\n    esac\n}\n";
}

std::string bash_row(std::string const& pattern, std::string const& reply) {
    return "        " + pattern + ") REPLY='" + reply + "' ;;\n";
}

/// Options of a command that are completed alike are one row.
std::string bash_values(command_text const& command) {
    std::vector<std::pair<std::string, std::string>> rows;
    auto const add = [&](std::string const& name, std::string const& reply) {
        auto const key = (command.path.empty() ? "*" : "'" + command.name() + "'") + ":" + name;
        auto const same =
            std::ranges::find(rows, reply, [](auto const& row) { return row.second; });
        if (same == rows.end())
            rows.emplace_back(key, reply);
        else
            same->first += " | " + key;
    };
    for (auto const& option : command.options)
        if (!option.value.empty())
            for (auto const& name : option.names)
                add(name, bash_value(option));
    for (auto const& argument : command.arguments)
        add("ARGUMENT", bash_value(argument));
    std::string out;
    for (auto const& [pattern, reply] : rows)
        out += bash_row(pattern, reply);
    return out;
}

// --- zsh -----------------------------------------------------------------------------------------

/// Inside of single quotes.
std::string zsh_quoted(std::string const& text) {
    return replaced(text, "'", "'\\''");
}

/// What _arguments shows beside an option.
std::string zsh_text(std::string const& text) {
    return zsh_quoted(replaced(replaced(replaced(text, "\\", "\\\\"), "[", "\\["), "]", "\\]"));
}

/// ":FILE:_files": what the value is called, and how it is completed.
std::string zsh_value(option_text const& option) {
    auto const label = ":" + zsh_quoted(replaced(option.value, ":", "\\:")) + ":";
    if (option.value == "FILE") return label + "_files";
    if (option.value == "DIR") return label + "_files -/";
    if (option.value == "KEY")
        return label + "{compadd -- ${${(f)\"$(setclickd explain 2>/dev/null)\"}%% *}}";
    if (option.value == "LIST") return label + "_sequence compadd - " + joined(option.words, " ");
    // A blank: any text.
    return label + (option.words.empty() ? " " : "(" + joined(option.words, " ") + ")");
}

std::string zsh_option(option_text const& option) {
    // Once is enough, whichever of its names is given.
    auto const others = option.is_repeated        ? std::string("'*'")
                        : option.names.size() > 1 ? "'(" + joined(option.names, " ") + ")'"
                                                  : std::string();
    std::vector<std::string> names;
    for (auto const& name : option.names)
        names.push_back(name + (option.value.empty() ? "" : name.starts_with("--") ? "=" : "+"));
    auto const shown = names.size() == 1 ? "'" + names.front() : "{" + joined(names, ",") + "}'";
    // Two values: DELAY SHARE.
    auto value = option.value.empty() ? std::string() : zsh_value(option);
    if (option.value.find(' ') != std::string::npos) {
        auto first = option, second = option;
        first.value = option.value.substr(0, option.value.find(' '));
        second.value = option.value.substr(option.value.find(' ') + 1);
        value = zsh_value(first) + zsh_value(second);
    }
    return others + shown + "[" + zsh_text(option.text) + "]" + value + "'";
}

std::string zsh_argument(option_text const& argument) {
    return (argument.is_repeated   ? "'*"
            : argument.is_required ? "'1"
                                   : "'1:") +
           zsh_value(argument) + "'";
}

std::string zsh_function(std::string const& function, command_text const& command,
                         command_text const& top) {
    std::vector<std::string> specs;
    for (auto const& option : command.options)
        specs.push_back(zsh_option(option));
    if (!command.path.empty())
        for (auto const& option : top.options)
            if (std::ranges::find(option.names, "--version") == option.names.end())
                specs.push_back(zsh_option(option));
    specs.emplace_back("'(- *)'{-h,--help}'[Print help and exit]'");
    auto const name = joined({function, replaced(joined(command.path, "_"), "-", "_")},
                             command.path.empty() ? "" : "_");
    auto const indent = std::string(" \\\n        ");
    if (command.commands.empty()) {
        for (auto const& argument : command.arguments)
            specs.push_back(zsh_argument(argument));
        return "\n" + name + "() {\n    _arguments" + indent + joined(specs, indent) + "\n}\n";
    }
    specs.emplace_back("'1:command:->command'");
    specs.emplace_back("'*::argument:->argument'");
    std::string described, calls;
    for (auto const& below : command.commands) {
        described += "                '" +
                     zsh_quoted(below.path.back() + ":" + replaced(below.text, ":", "\\:")) + "'\n";
        calls += "                " + below.path.back() + ") " + name + "_" +
                 replaced(below.path.back(), "-", "_") + " && ret=0 ;;\n";
    }
    return "\n" + name +
           "() {\n    local curcontext=$curcontext state line ret=1\n    typeset -A opt_args\n    "
           "local -a "
           "commands\n    _arguments -C" +
           indent + joined(specs, indent) + " && ret=0\n    case $state in\n        command)\n" +
           "            commands=(\n" + described +
           "            )\n            _describe -t commands command commands && ret=0\n           "
           " ;;\n" +
           "        argument)\n            curcontext=${curcontext%:*:*}:" + name.substr(1) +
           "-$line[1]:\n            case $line[1] in\n" + calls +
           "            esac\n            ;;\n    esac\n    return ret\n}\n";
}

std::string made_by(std::string const& program, std::string const& shell) {
    return "# Completion of " + program + " in " + shell +
           ". Made from the table of commands that the program itself reads; not to be edited.\n";
}

}  // namespace

std::string bash_completion(std::string const& program, command_text const& all) {
    std::string commands, options, values;
    auto const global = names_of(all.options);
    for (auto const* command : all_of(all)) {
        auto const key = "'" + command->name() + "'";
        if (!command->commands.empty())
            commands += bash_row(key, joined(names_of(command->commands), " "));
        auto names = names_of(command->options);
        if (!command->path.empty())
            std::ranges::copy_if(global, std::back_inserter(names), [](auto const& name) {
                return name != "-V" && name != "--version";
            });
        names.insert(names.end(), {"-h", "--help"});
        options += bash_row(key, joined(names, " "));
        values += bash_values(*command);
    }
    auto const tables =
        bash_table("FUNCTION_commands", "The commands below a command.", "$1", commands) +
        bash_table("FUNCTION_options", "The options of a command.", "$1", options) +
        bash_table("FUNCTION_value",
                   "What stands for the value of an option, or for an argument; nothing: any text.",
                   "$1:$2", values);
    auto const engine =
        replaced(bash_engine, "ASKED", values.find("@keys") == std::string::npos ? "" : bash_asked);
    auto const text = replaced(tables + engine, "FUNCTION", function_of(program));
    return made_by(program, "bash") + "# shellcheck shell=bash\n" +
           replaced(text, "PROGRAM", program);
}

std::string zsh_completion(std::string const& program, command_text const& all) {
    auto const function = function_of(program);
    std::string out = "#compdef " + program + "\n" + made_by(program, "zsh");
    for (auto const* command : all_of(all))
        out += zsh_function(function, *command, all);
    return out + "\n" + function + " \"$@\"\n";
}

}  // namespace setclick::reference

#include "reference/man_page.hpp"

#include <algorithm>
#include <string_view>

#include "reference/roff.hpp"

namespace setclick::reference {
namespace {

/// "FILE", "[FILE]...", as a synopsis has it.
std::string argument_form(option_text const& argument) {
    auto out = roff::italic(argument.value);
    if (argument.is_repeated) out += "...";
    return argument.is_required ? out : "[" + out + "]";
}

std::string tag(option_text const& option) {
    std::string out;
    for (auto const& name : option.names)
        out += (out.empty() ? "" : ", ") + roff::bold(name);
    if (option.value.empty()) return out;
    return out + (out.empty() ? "" : " ") + roff::italic(option.value);
}

std::string sentence(std::string text) {
    auto const end = text.find_last_not_of(")\"");
    bool const is_ended = end != std::string::npos && text[end] == '.';
    return text + (is_ended ? "" : ".");
}

std::string paragraph(option_text const& option) {
    auto text = sentence(option.text);
    if (!option.preset.empty()) text += " Default: " + option.preset + ".";
    return ".TP\n" + tag(option) + "\n" + roff::prose(text);
}

/// A line of examples: what is typed and, after a gap, what it is for.
struct example {
    std::string typed, text;
};
example parsed(std::string_view line) {
    line.remove_prefix(line.find_first_not_of(' '));
    auto const gap = line.find("  ");
    if (gap == std::string_view::npos) return {std::string(line), {}};
    return {std::string(line.substr(0, gap)),
            std::string(line.substr(line.find_first_not_of(' ', gap)))};
}

/// Lines that begin with blanks are examples, others are sentences about them.
std::string man_examples(std::string_view lines) {
    std::string out;
    bool is_list = false;
    auto const end_list = [&] {
        if (is_list) out += ".PD\n.ad\n.hy\n.RE\n";
        is_list = false;
    };
    while (!lines.empty()) {
        auto const end = std::min(lines.find('\n'), lines.size());
        auto const line = lines.substr(0, end);
        lines.remove_prefix(std::min(end + 1, lines.size()));
        if (line.empty()) continue;
        if (!line.starts_with(' ')) {
            end_list();
            out += ".PP\n" + roff::prose(line);
            continue;
        }
        if (!is_list) out += ".RS 4\n.na\n.nh\n.PD 0\n";
        is_list = true;
        auto const e = parsed(line);
        out += ".TP 4\n" + roff::bold(e.typed) + "\n" + roff::prose(e.text);
    }
    end_list();
    return out;
}

void append_command(std::string& out, std::string const& program, command_text const& command) {
    if (!command.commands.empty()) {
        for (auto const& below : command.commands)
            append_command(out, program, below);
        return;
    }
    auto heading = roff::literal(program + " " + command.name());
    if (!command.options.empty()) heading += "\\fR [\\fIOPTION\\fR]...";
    for (auto const& argument : command.arguments)
        heading += "\\fR " + argument_form(argument);
    out += ".SS " + heading + "\n" + roff::prose(sentence(command.text));
    for (auto const& argument : command.arguments)
        out += paragraph(argument);
    out += man_options(command.options) + man_examples(command.examples);
}

}  // namespace

std::string man_options(std::vector<option_text> const& options) {
    std::string out;
    for (auto const& option : options)
        out += paragraph(option);
    return out;
}

std::string man_commands(std::string const& program, command_text const& all) {
    std::string out;
    append_command(out, program, all);
    return out;
}

std::string man_option_groups(std::vector<option_text> const& options) {
    std::string out, group;
    for (auto const& option : options) {
        if (option.group != group) out += ".SS " + roff::literal(option.group) + "\n";
        group = option.group;
        out += paragraph(option);
    }
    return out;
}

}  // namespace setclick::reference

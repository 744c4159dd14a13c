#include <array>
#include <string>
#include <string_view>

#include "setclickd/csv/survey.hpp"

namespace setclick::csv {
namespace {

using namespace std::string_view_literals;

bool holds(std::string_view text, std::string_view what) noexcept {
    return text.find(what) != std::string_view::npos;
}

std::string of_zip(std::string_view head) {
    if (holds(head, "opendocument.spreadsheet"))
        return "the file is an OpenDocument spreadsheet (.ods): save it as CSV (LibreOffice: Save "
               "as, "
               "Text CSV, character set UTF-8) and drop that";
    if (holds(head, "[Content_Types].xml") || holds(head, "xl/"))
        return "the file is an Excel workbook (.xlsx): save it as CSV UTF-8 (Excel: Save as, CSV "
               "UTF-8) and drop that";
    return "the file is a zip archive: unpack it and drop what was in it";
}

bool starts_with_any_case(std::string_view text, std::string_view front) noexcept {
    if (text.size() < front.size()) return false;
    for (std::size_t i = 0; i < front.size(); ++i) {
        char const c = text[i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != front[i]) return false;
    }
    return true;
}

}  // namespace

std::string other_format(std::string_view head) {
    if (head.starts_with("\x1F\x8B"sv))
        return "the file is compressed with gzip: unpack it and drop what was in it";
    if (head.starts_with("PK\x03\x04"sv) || head.starts_with("PK\x05\x06"sv)) return of_zip(head);
    if (head.starts_with("\xD0\xCF\x11\xE0"sv))
        return "the file is of an office program (.xls): save it as CSV UTF-8 and drop that";
    if (head.starts_with("%PDF-"sv))
        return "the file is a PDF: export the table it was made from as CSV UTF-8 and drop that";
    if (head.starts_with("{\\rtf"sv))
        return "the file is a text document (RTF): save the table as CSV UTF-8 and drop that";
    constexpr std::array packed{"BZh"sv,
                                "\xFD"
                                "7zXZ\0"sv,
                                "\x28\xB5\x2F\xFD"sv, "7z\xBC\xAF\x27\x1C"sv};
    for (auto const magic : packed)
        if (head.starts_with(magic))
            return "the file is compressed: unpack it and drop what was in it";
    if (head.starts_with("PAR1"sv) || head.starts_with("SQLite format 3"sv))
        return "the file is a database's own (Parquet, SQLite): export the table as CSV UTF-8 and "
               "drop that";
    if (!head.empty() && head.find_first_not_of('\0') == std::string_view::npos)
        return "the file holds NUL bytes alone: what wrote it did not come to write its content; "
               "export it again";
    auto text = head;
    if (text.starts_with("\xEF\xBB\xBF"sv)) text.remove_prefix(3);
    auto const first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    text.remove_prefix(first);
    if (starts_with_any_case(text, "<?xml") || starts_with_any_case(text, "<workbook"))
        return "the file is XML: export the table as CSV UTF-8 and drop that";
    if (starts_with_any_case(text, "<!doctype") || starts_with_any_case(text, "<html") ||
        starts_with_any_case(text, "<table") || starts_with_any_case(text, "<div"))
        return "the file is a web page (HTML), perhaps of an error, or of a program that calls it "
               "an Excel file: open it in a spreadsheet, save it as CSV UTF-8 and drop that";
    auto const then = text.find_first_not_of(" \t\r\n", 1);
    char const next = then == std::string_view::npos ? '\0' : text[then];
    bool const is_object = text.front() == '{' && (next == '"' || next == '}');
    bool const is_array = text.front() == '[' && (next == '{' || next == ']');
    if (is_object || is_array)
        return "the file is JSON: name it .ndjson (an event a line) or .json and drop it again";
    return {};
}

}  // namespace setclick::csv

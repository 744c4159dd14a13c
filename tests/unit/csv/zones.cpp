// Reads "ZONE LOCAL" lines (such as "Europe/Madrid 2026-03-29 02:30:00") and writes what a cell of that text means there:
// "1774744200", "1774744200 twice" or "never". zones_test.py compares that with Python's zoneinfo.
#include <iostream>
#include <map>
#include <string>

#include "csv/time_reading.hpp"

int main() {
    using namespace setclick;
    std::map<std::string, csv::zone> zones;
    csv::time_reading reading({});
    csv::cell_time out;
    for (std::string line; std::getline(std::cin, line);) {
        auto const blank = line.find(' ');
        auto const name = line.substr(0, blank);
        if (!zones.contains(name)) zones.emplace(name, csv::zone::named(name).value());
        reading.read(std::string_view(line).substr(blank + 1), &zones.at(name), out);
        if (!out.problem.empty())
            std::cout << "never\n";
        else
            std::cout << out.ms / 1000 << (out.note.empty() ? "\n" : " twice\n");
    }
}
